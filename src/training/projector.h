// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "rap/result.h"

namespace rap::training {

struct ProjectorShape {
  std::int64_t tokens = 0;    ///< visual tokens a picture
  std::int64_t channels = 0;  ///< of the encoder's features
  std::int64_t hidden = 0;
  std::int64_t width = 0;  ///< of the language model's embeddings
};

/// The projector that is trained: v = b(gelu(a(LN(x) + pos))) * sc, as rap::Projector computes it
/// (generation/llama/projector.h). Not thread-safe.
class TrainedProjector {
 public:
  /// New weights; `scale` is the size of a typical token embedding, so that visual tokens start
  /// where the language model expects its input.
  TrainedProjector(const ProjectorShape& shape, double scale, std::uint64_t seed, torch::Device device);

  /// Visual tokens float32 [pictures * tokens, width] of features [pictures * tokens, channels].
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& features, torch::ScalarType compute_type) const;

  /// What is trained, in a fixed order.
  [[nodiscard]] const std::vector<torch::Tensor>& parameters() const noexcept { return parameters_; }

  /// The weights as rap::Projector::load() reads them.
  [[nodiscard]] std::map<std::string, Tensor> tensors() const;

  /// Takes over weights of the same shape. kCorrupt otherwise.
  [[nodiscard]] Result<void> set(const std::map<std::string, Tensor>& tensors);

  [[nodiscard]] const ProjectorShape& shape() const noexcept { return shape_; }

 private:
  ProjectorShape shape_;
  std::vector<torch::Tensor> parameters_;  // in the order of kNames
};

}  // namespace rap::training
