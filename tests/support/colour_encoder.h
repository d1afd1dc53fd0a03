// SPDX-License-Identifier: Apache-2.0
// An encoder that a test can predict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "image/photo.h"
#include "rap/engines.h"
#include "vision/embedding_head.h"

namespace rap::testing {

/// Sees the mean colour of each of 12 x 12 cells, and how colourful it is.
class ColourEncoder final : public Encoder {
 public:
  [[nodiscard]] const std::string& fingerprint() const noexcept override { return fingerprint_; }
  [[nodiscard]] int channels() const noexcept override { return 4; }
  [[nodiscard]] const EmbeddingHead& head() const noexcept override { return head_; }
  [[nodiscard]] std::uint64_t calls() const noexcept override { return calls_; }
  [[nodiscard]] Result<Features> encode(const Image& image) const override {
    ++calls_;
    const Image small = resize(image, kSide, kSide);
    FeatureMap map{4, kSide, kSide, std::vector<float>(4 * kSide * kSide, 0.1F)};
    for (std::size_t cell = 0; cell < kSide * kSide; ++cell) {
      for (std::size_t band = 0; band < 3; ++band) {
        map.values[band * kSide * kSide + cell] = static_cast<float>(small.rgb[3 * cell + band]) / 255.0F;
      }
    }
    return Features{{map}};
  }

  std::string fingerprint_ = "colours";

 private:
  static constexpr int kSide = 12;
  const EmbeddingHead head_ = plain_head(4);
  mutable std::uint64_t calls_ = 0;
};

}  // namespace rap::testing
