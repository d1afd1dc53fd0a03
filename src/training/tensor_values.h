// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <vector>

namespace rap::training {

/// The numbers of a float32 tensor of any device, row-major.
[[nodiscard]] inline std::vector<float> values_of(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.detach().to(torch::kCPU).contiguous();
  const float* begin = values.data_ptr<float>();
  return {begin, begin + values.numel()};
}

/// Writes as many numbers as the tensor holds into it, in place and unseen by autograd.
inline void set_values(torch::Tensor tensor, const std::vector<float>& values) {
  const torch::NoGradGuard no_gradients;
  // from_blob() wants a pointer that could be written to; copy_() only reads.
  tensor.copy_(torch::from_blob(const_cast<float*>(values.data()), tensor.sizes(), torch::kFloat32));
}

}  // namespace rap::training
