// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace rap::training {

/// AdamW's constants (arXiv 1711.05101).
struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
};

/// Trained values that share a learning rate, moved into one flat buffer, so that a step is one
/// loop and a checkpoint is three tensors.
class ParameterGroup {
 public:
  /// Makes every parameter a view of the group's values, and its gradient one of the gradients.
  explicit ParameterGroup(const std::vector<torch::Tensor>& parameters);

  void zero_gradients();
  [[nodiscard]] double squared_gradient_norm() const;

  /// Step number `step` (from 1) of AdamW with gradients times `gradient_scale`.
  void step(std::int64_t step, double learning_rate, double gradient_scale, const AdamOptions& options);

  [[nodiscard]] torch::Tensor& values() noexcept { return values_; }
  [[nodiscard]] torch::Tensor& first_moment() noexcept { return first_; }
  [[nodiscard]] torch::Tensor& second_moment() noexcept { return second_; }

 private:
  torch::Tensor values_, gradients_, first_, second_;  // float32, flat
};

}  // namespace rap::training
