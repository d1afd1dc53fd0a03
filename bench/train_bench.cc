// SPDX-License-Identifier: Apache-2.0
// Speed of a training step of the trainer, for comparison with a peer in the same session
// (scripts/bench_training.py).
//
//   train_bench BASE.gguf weights FILE   writes the base's weights as safetensors, for the peer
//   train_bench BASE.gguf steps N        prints the first loss, then the seconds of N steps
#include <torch/torch.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/need.h"
#include "core/safetensors.h"
#include "training/language_model.h"
#include "training/optimizer.h"
#include "training/trainer.h"

namespace rap::training {
namespace {

using bench::need;

// The work: SmolLM2-135M with corrections of rank 32, 16 samples of 96 tokens, the last 24 answers.
constexpr std::int64_t kSamples = 16;
constexpr std::int64_t kTokens = 96;
constexpr std::int64_t kAnswer = 24;

void write_weights(const GgufFile& base, const std::string& file) {
  Tensors tensors;
  for (const TensorInfo& tensor : base.tensors()) {
    tensors[tensor.name] = {tensor.shape, need(base.values(tensor.name))};
  }
  need(write_safetensors(file, tensors));
}

/// Tokens that both programs can make.
torch::Tensor tokens() { return torch::arange(kSamples * kTokens, torch::kInt64).mul(7919).remainder(40'000) + 100; }

void run_steps(const GgufFile& base, int count) {
  const LanguageModel model = need(LanguageModel::read(base, {.lora = {.rank = 32, .alpha = 64.0}}));
  ParameterGroup group(model.parameters());
  const torch::Tensor ids = tokens();
  Layout layout{kSamples, kTokens, torch::arange(kTokens).repeat({kSamples}),
                torch::zeros({kSamples * kTokens, 3}, torch::kInt32)};
  const torch::Tensor place = torch::arange(kSamples * kTokens).remainder(kTokens);
  layout.visible.select(1, 2).copy_(place + 1);
  const torch::Tensor answers = place.ge(kTokens - kAnswer).nonzero().flatten();
  for (int step = 1; step <= count; ++step) {
    const auto start = std::chrono::steady_clock::now();
    group.zero_gradients();
    const torch::Tensor inputs = model.embed(ids).set_requires_grad(true);
    const torch::Tensor hidden = model.forward(inputs, layout).index_select(0, answers - 1);
    const torch::Tensor loss = model.loss(hidden, ids.index_select(0, answers));
    loss.backward();
    group.step(step, 1e-3, 1.0, {});
    if (step == 1) std::cout << loss.item<double>() << '\n';
    std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << std::endl;
  }
}

}  // namespace
}  // namespace rap::training

int main(int argc, char** argv) {
  rap::training::keep_freed_memory();
  rap::training::use_threads(0);
  try {
    if (argc != 4) throw std::runtime_error("usage: train_bench BASE.gguf weights FILE | steps N");
    const auto base = rap::bench::need(rap::training::GgufFile::open(argv[1]));
    if (std::string(argv[2]) == "weights") {
      rap::training::write_weights(base, argv[3]);
    } else {
      rap::training::run_steps(base, std::atoi(argv[3]));
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
