// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// Turns a feature map into visual tokens: v = b(gelu(a(LN(x) + pos))) * sc, where x are the
/// means of the cells of a square grid over the map, row by row (LayerNorm eps 1e-5, exact GELU).
/// Immutable and thread-safe.
class Projector {
 public:
  /// Reads `ln.weight`, `ln.bias` [channels], `pos` [tokens, channels], `a.weight` [hidden,
  /// channels], `a.bias`, `b.weight` [width, hidden], `b.bias` and `sc` [1] from a safetensors
  /// file. kNotFound, kTooLarge, kCorrupt (a tensor is missing or has another shape).
  [[nodiscard]] static Result<Projector> load(const std::filesystem::path& file);

  /// Identifies the weights and this code's form of the result.
  [[nodiscard]] const std::string& fingerprint() const noexcept { return fingerprint_; }

  [[nodiscard]] int tokens() const noexcept { return tokens_; }      ///< visual tokens a picture
  [[nodiscard]] int width() const noexcept { return width_; }        ///< floats a visual token
  [[nodiscard]] int channels() const noexcept { return channels_; }  ///< of the feature map

  /// Means of the grid's cells: [tokens, channels]. kInvalidArgument unless the map has this
  /// projector's channels and no side smaller than the grid.
  [[nodiscard]] Result<std::vector<float>> pool(const FeatureMap& features) const;

  /// Visual tokens [tokens, width] of pooled features [tokens, channels].
  [[nodiscard]] std::vector<float> project(std::span<const float> pooled) const;

 private:
  /// y = x W^T + bias for rows of x; `weight` is [rows of W, columns].
  struct Linear {
    std::vector<float> weight;
    std::vector<float> bias;
  };

  Projector() = default;
  [[nodiscard]] std::vector<float> normalised(std::span<const float> pooled) const;

  int tokens_ = 0;
  int grid_ = 0;  ///< grid_ * grid_ == tokens_
  int channels_ = 0;
  int width_ = 0;
  float scale_ = 1.0F;
  std::vector<float> norm_weight_, norm_bias_;  // [channels]
  std::vector<float> position_;                 // [tokens, channels]
  Linear a_;                                    // channels -> hidden
  Linear b_;                                    // hidden -> width
  std::string fingerprint_;
};

}  // namespace rap
