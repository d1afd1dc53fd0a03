// SPDX-License-Identifier: Apache-2.0
#include "training/optimizer.h"

#include <cmath>

namespace rap::training {

ParameterGroup::ParameterGroup(const std::vector<torch::Tensor>& parameters) {
  torch::NoGradGuard no_gradients;
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : parameters) count += parameter.numel();
  const auto options = torch::TensorOptions().dtype(torch::kFloat32).device(parameters.front().device());
  values_ = torch::empty({count}, options);
  gradients_ = torch::zeros({count}, options);
  first_ = torch::zeros({count}, options);
  second_ = torch::zeros({count}, options);
  std::int64_t at = 0;
  for (torch::Tensor parameter : parameters) {
    const auto view = [&](const torch::Tensor& flat) {
      return flat.narrow(0, at, parameter.numel()).view(parameter.sizes());
    };
    view(values_).copy_(parameter);
    parameter.set_data(view(values_));
    parameter.mutable_grad() = view(gradients_);
    at += parameter.numel();
  }
}

void ParameterGroup::zero_gradients() { gradients_.zero_(); }

double ParameterGroup::squared_gradient_norm() const { return gradients_.square().sum().item<double>(); }

void ParameterGroup::step(std::int64_t step, double learning_rate, double gradient_scale, const AdamOptions& options) {
  torch::NoGradGuard no_gradients;
  if (gradient_scale != 1.0) gradients_.mul_(gradient_scale);
  first_.mul_(options.beta1).add_(gradients_, 1.0 - options.beta1);
  second_.mul_(options.beta2).addcmul_(gradients_, gradients_, 1.0 - options.beta2);
  const double first_share = 1.0 - std::pow(options.beta1, static_cast<double>(step));
  const double second_share = 1.0 - std::pow(options.beta2, static_cast<double>(step));
  const torch::Tensor size = second_.sqrt().div_(std::sqrt(second_share)).add_(options.epsilon);
  if (options.weight_decay > 0.0) values_.mul_(1.0 - learning_rate * options.weight_decay);
  values_.addcdiv_(first_, size, -learning_rate / first_share);
}

}  // namespace rap::training
