// SPDX-License-Identifier: Apache-2.0
// The fused loops agree with the chains of tensor operations they stand for, forwards and back.
#include "training/ops.h"

#include <gtest/gtest.h>

#include <functional>

namespace rap::training {
namespace {

using torch::Tensor;

double cosine(const Tensor& a, const Tensor& b) {
  const Tensor x = a.detach().to(torch::kFloat64).flatten();
  const Tensor y = b.detach().to(torch::kFloat64).flatten();
  return (x.dot(y) / (x.norm() * y.norm())).item<double>();
}

/// Runs `forward` on the inputs in both types, and back with a fixed gradient; compares results
/// and the gradients of all inputs.
void expect_agreement(const std::vector<Tensor>& inputs,
                      const std::function<Tensor(const std::vector<Tensor>&, torch::ScalarType)>& forward) {
  std::vector<Tensor> results;
  std::vector<std::vector<Tensor>> gradients;
  for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
    std::vector<Tensor> copies;
    for (const Tensor& input : inputs) copies.push_back(input.clone().set_requires_grad(true));
    const Tensor result = forward(copies, type).to(torch::kFloat32);
    torch::manual_seed(3);
    (result * torch::randn_like(result)).sum().backward();
    results.push_back(result);
    gradients.emplace_back();
    for (const Tensor& copy : copies) gradients.back().push_back(copy.grad());
  }
  EXPECT_GT(cosine(results[0], results[1]), 0.9995);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_GT(cosine(gradients[0][i], gradients[1][i]), 0.999) << "gradient of input " << i;
  }
}

class Ops : public ::testing::Test {
 protected:
  void SetUp() override { torch::manual_seed(11); }
};

TEST_F(Ops, AddRmsNorm) {
  const Tensor weight = torch::rand({70}) + 0.5;
  expect_agreement({torch::randn({9, 70}), torch::randn({9, 70})},
                   [&](const std::vector<Tensor>& in, torch::ScalarType type) {
                     const Normed normed = add_rms_norm(in[0], in[1].to(type), weight, 1e-5, type);
                     return normed.sum * 0.3 + normed.y.to(torch::kFloat32);
                   });
}

TEST_F(Ops, LoraLinearWithStackedParts) {
  const Tensor weight = torch::randn({24, 40}) * 0.2;
  expect_agreement(
      {torch::randn({17, 40}), torch::randn({8, 40}), torch::randn({24, 4})},
      [&](const std::vector<Tensor>& in, torch::ScalarType type) {
        return lora_linear(
            in[0].to(type),
            {.weight = weight.to(type), .bias = {}, .parts = {16, 8}, .a = in[1], .b = in[2], .scale = 0.5});
      });
}

TEST_F(Ops, LoraLinearIsTheSumOfItsMatrices) {
  const Tensor x = torch::randn({5, 12});
  const Tensor weight = torch::randn({10, 12});
  const Tensor a = torch::randn({6, 12});
  const Tensor b = torch::randn({10, 3});
  const Tensor y = lora_linear(x, {.weight = weight, .bias = {}, .parts = {4, 6}, .a = a, .b = b, .scale = 2.0});
  Tensor whole = weight.clone();
  whole.narrow(0, 0, 4) += 2.0 * b.narrow(0, 0, 4).mm(a.narrow(0, 0, 3));
  whole.narrow(0, 4, 6) += 2.0 * b.narrow(0, 4, 6).mm(a.narrow(0, 3, 3));
  EXPECT_TRUE(torch::allclose(y, x.mm(whole.t()), 1e-4, 1e-4));
}

TEST_F(Ops, Gated) {
  for (const Gate gate : {Gate::kSilu, Gate::kGeluTanh}) {
    expect_agreement({torch::randn({13, 66}) * 3.0}, [&](const std::vector<Tensor>& in, torch::ScalarType type) {
      return gated(in[0].to(type), gate);
    });
  }
}

TEST_F(Ops, AttentionOfABranchingSequence) {
  // Six shared tokens, then branches of three and four, and one place of padding in the second row.
  const std::int64_t length = 14;
  Layout layout{2, length, torch::zeros({2 * length}, torch::kInt64), torch::zeros({2 * length, 3}, torch::kInt32)};
  for (int row = 0; row < 2; ++row) {
    for (int t = 0; t < (row == 0 ? 14 : 13); ++t) {
      const int begin = t < 6 ? 0 : (t < 9 ? 6 : 9);
      const std::int64_t place = row * length + t;
      layout.positions[place] = t < 6 ? t : 6 + t - begin;
      layout.visible[place][0] = t < 6 ? 0 : 6;
      layout.visible[place][1] = begin;
      layout.visible[place][2] = t + 1;
    }
  }
  const AttentionShape shape{4, 2, 8, 0.35};
  const Tensor angles = torch::rand({32, 4}) * 6.0;
  for (const bool interleaved : {true, false}) {
    const RotaryTable rotary{angles.cos(), angles.sin(), interleaved};
    expect_agreement({torch::randn({2 * length, (4 + 2 * 2) * 8})},
                     [&](const std::vector<Tensor>& in, torch::ScalarType type) {
                       const Tensor out = attention(in[0].to(type), layout, shape, &rotary);
                       return out.narrow(0, 0, 2 * length - 1);  // the padding's row means nothing
                     });
  }
}

TEST_F(Ops, LinearCrossEntropy) {
  const Tensor embedding = torch::randn({300, 24});
  const Tensor targets = torch::arange(200) % 300;
  expect_agreement({torch::randn({200, 24})}, [&](const std::vector<Tensor>& in, torch::ScalarType type) {
    return linear_cross_entropy(in[0].to(type), embedding.to(type), targets);
  });
}

}  // namespace
}  // namespace rap::training
