// SPDX-License-Identifier: Apache-2.0
#include "training/projector.h"

#include <array>
#include <cmath>

#include "training/tensor_values.h"

namespace rap::training {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr std::array<const char*, 8> kNames{"ln.weight", "ln.bias",  "pos",    "a.weight",
                                            "a.bias",    "b.weight", "b.bias", "sc"};
enum Index { kNormWeight, kNormBias, kPosition, kAWeight, kABias, kBWeight, kBBias, kScale };

/// Keeps the size of values through a layer: variance 1 / inputs.
torch::Tensor layer(std::int64_t rows, std::int64_t columns) {
  const double bound = std::sqrt(3.0 / static_cast<double>(columns));
  return torch::empty({rows, columns}, torch::kFloat32).uniform_(-bound, bound);
}

}  // namespace

TrainedProjector::TrainedProjector(const ProjectorShape& shape, double scale, std::uint64_t seed, torch::Device device)
    : shape_(shape) {
  torch::manual_seed(seed);
  parameters_ = {
      torch::ones({shape.channels}),       torch::zeros({shape.channels}), torch::zeros({shape.tokens, shape.channels}),
      layer(shape.hidden, shape.channels), torch::zeros({shape.hidden}),   layer(shape.width, shape.hidden),
      torch::zeros({shape.width}),         torch::full({1}, scale)};
  for (torch::Tensor& parameter : parameters_) parameter = parameter.to(device).set_requires_grad(true);
}

torch::Tensor TrainedProjector::forward(const torch::Tensor& features, torch::ScalarType compute_type) const {
  const auto& p = parameters_;
  const torch::Tensor x = features.to(torch::kFloat32);
  torch::Tensor normed = torch::layer_norm(x, {shape_.channels}, p[kNormWeight], p[kNormBias], kNormEpsilon)
                             .view({-1, shape_.tokens, shape_.channels});
  normed = (normed + p[kPosition]).view({-1, shape_.channels}).to(compute_type);
  const auto linear = [&](const torch::Tensor& rows, Index weight, Index bias) {
    return torch::linear(rows, p[weight].to(compute_type), p[bias].to(compute_type));
  };
  const torch::Tensor hidden = torch::gelu(linear(normed, kAWeight, kABias));
  return linear(hidden, kBWeight, kBBias).to(torch::kFloat32) * p[kScale];
}

std::map<std::string, Tensor> TrainedProjector::tensors() const {
  std::map<std::string, Tensor> result;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    result[kNames[i]] = {parameters_[i].sizes().vec(), values_of(parameters_[i])};
  }
  return result;
}

Result<void> TrainedProjector::set(const std::map<std::string, Tensor>& tensors) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto found = tensors.find(kNames[i]);
    if (found == tensors.end() || found->second.shape != parameters_[i].sizes().vec()) {
      return fail(ErrorCode::kCorrupt,
                  std::string("the projector's ") + kNames[i] + " is missing or has another shape");
    }
    set_values(parameters_[i], found->second.values);
  }
  return {};
}

}  // namespace rap::training
