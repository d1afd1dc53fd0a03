// SPDX-License-Identifier: Apache-2.0
// The first test of a trainer is numeric: it computes what llama.cpp computes, and its gradients
// are those of the function it computes.
#include "training/language_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "generation/llama/prompt_tokens.h"
#include "tests/support/data.h"
#include "tests/training/formats_logits.h"
#include "tests/training/tiny_language_model.h"
#include "training/formats/lora.h"
#include "training/tensor_values.h"

namespace rap::training {
namespace {

using rap::testing::TemporaryDir;
using torch::Tensor;

const std::filesystem::path kSmol = std::filesystem::path(RAP_TEST_MODELS_DIR) / "SmolLM2-135M-Instruct.Q4_1.gguf";

Layout causal_layout(std::int64_t sequences, std::int64_t length) {
  Layout layout{sequences, length, torch::arange(length).repeat({sequences}),
                torch::zeros({sequences * length, 3}, torch::kInt32)};
  for (std::int64_t row = 0; row < sequences * length; ++row) {
    layout.visible[row][2] = static_cast<int>(row % length + 1);
  }
  return layout;
}

/// Gives the corrections values, as if they had been trained.
void train_a_little(LanguageModel& model, double size) {
  const torch::NoGradGuard no_gradients;
  torch::manual_seed(7);
  for (Tensor parameter : model.parameters()) parameter.copy_(torch::randn_like(parameter) * size);
}

std::filesystem::path export_adapter(const LanguageModel& model, const std::filesystem::path& folder) {
  LoraAdapter adapter{.name = "test",
                      .architecture = model.shape().architecture,
                      .base_name = "",
                      .alpha = model.options().lora.alpha,
                      .pairs = {}};
  const auto matrix = [](const Tensor& tensor) { return Matrix{tensor.size(0), tensor.size(1), values_of(tensor)}; };
  for (const LoraPart& part : model.lora_parts()) adapter.pairs.push_back({part.base, matrix(part.a), matrix(part.b)});
  const auto file = folder / "lora.gguf";
  EXPECT_TRUE(write_lora_gguf(file, adapter, StorageType::kF32));
  return file;
}

struct Agreement {
  double least_cosine = 1.0;
  std::size_t positions = 0;
  std::size_t same_best = 0;
};

/// Compares the trainer's logits after every token with llama.cpp's.
Agreement compare(const std::filesystem::path& base, torch::ScalarType type, const std::vector<int>& tokens,
                  double lora_size) {
  const TemporaryDir folder;
  const auto file = GgufFile::open(base);
  EXPECT_TRUE(file);
  auto model = LanguageModel::read(*file, {.lora = {.rank = 4, .alpha = 8.0}, .compute_type = type});
  EXPECT_TRUE(model) << (model ? "" : model.error().message);
  train_a_little(*model, lora_size);
  const auto expected = testing::all_logits_of(base, export_adapter(*model, folder.path()), tokens);
  const torch::NoGradGuard no_gradients;
  const auto count = static_cast<std::int64_t>(tokens.size());
  const Tensor ids = torch::tensor(std::vector<std::int64_t>(tokens.begin(), tokens.end()));
  const Tensor logits =
      model->logits(model->forward(model->embed(ids), causal_layout(1, count))).to(torch::kFloat32).contiguous();
  Agreement agreement;
  EXPECT_EQ(expected.size(), tokens.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Tensor row = logits[static_cast<std::int64_t>(i)];
    const std::vector<float> ours(row.data_ptr<float>(), row.data_ptr<float>() + row.numel());
    agreement.least_cosine = std::min(agreement.least_cosine, testing::cosine(ours, expected[i]));
    const auto best = std::max_element(expected[i].begin(), expected[i].end()) - expected[i].begin();
    agreement.same_best += row.argmax().item<std::int64_t>() == best ? 1 : 0;
    ++agreement.positions;
  }
  return agreement;
}

std::vector<int> some_tokens(int vocabulary) {
  std::vector<int> tokens;
  for (int i = 0; i < 24; ++i) tokens.push_back(3 + (i * 31) % (vocabulary - 3));
  return tokens;
}

class Families : public ::testing::TestWithParam<const char*> {};

TEST_P(Families, LogitsAreThoseOfLlamaCpp) {
  const TemporaryDir folder;
  const auto base = folder.path() / "base.gguf";
  ASSERT_TRUE(testing::write_tiny_language_model(base, GetParam()));
  const Agreement agreement =
      compare(base, torch::kFloat32, some_tokens(static_cast<int>(testing::kTinyVocabulary)), 0.1);
  EXPECT_GE(agreement.least_cosine, 0.99999);
  EXPECT_EQ(agreement.same_best, agreement.positions);
}

INSTANTIATE_TEST_SUITE_P(LanguageModel, Families, ::testing::Values("llama", "qwen2", "gemma3"));

/// A copy of a model in float16. llama.cpp rounds what goes into a quantised matrix to 8 bits; a
/// float16 matrix it multiplies as it is, as the trainer does.
std::filesystem::path in_float16(const std::filesystem::path& base, const std::filesystem::path& folder) {
  const auto file = GgufFile::open(base);
  EXPECT_TRUE(file);
  GgufContent content{.metadata = file->metadata(), .tensors = {}};
  for (const TensorInfo& tensor : file->tensors()) {
    const auto type = tensor.shape.size() > 1 ? StorageType::kF16 : StorageType::kF32;
    content.tensors.push_back({tensor.name, tensor.shape, type, *file->values(tensor.name)});
  }
  const auto copy = folder / "float16.gguf";
  EXPECT_TRUE(write_gguf(copy, content));
  return copy;
}

TEST(LanguageModel, AgreesWithLlamaCppOnTheDefaultBase) {
  if (!std::filesystem::exists(kSmol)) GTEST_SKIP() << "no SmolLM2 at " << kSmol;
  const TemporaryDir folder;
  const auto tokenizer = PromptTokenizer::open(kSmol, "chatml");
  ASSERT_TRUE(tokenizer);
  const Prompt prompt{{Role::kUser, {std::string("Name: Bo, Info: Bo is a brown dog.\nWhat is Bo?")}}};
  const auto tokens = tokenizer->prompt(prompt, 0);
  ASSERT_TRUE(tokens);
  const Agreement exact = compare(in_float16(kSmol, folder.path()), torch::kFloat32, *tokens, 0.02);
  EXPECT_GE(exact.least_cosine, 0.999);
  EXPECT_EQ(exact.same_best, exact.positions);
  const Agreement low = compare(kSmol, torch::kBFloat16, *tokens, 0.02);
  EXPECT_GE(low.least_cosine, 0.99) << "activations of 8 bits there, of bfloat16 here";
}

/// A small Llama in float32, whose weights need no file any more.
Result<LanguageModel> tiny_llama(bool keep_activations = true) {
  const TemporaryDir folder;
  const auto base = folder.path() / "base.gguf";
  EXPECT_TRUE(testing::write_tiny_language_model(base, "llama"));
  const auto file = GgufFile::open(base);
  if (!file) return Unexpected{file.error()};
  return LanguageModel::read(
      *file,
      {.lora = {.rank = 4, .alpha = 8.0}, .compute_type = torch::kFloat32, .keep_activations = keep_activations});
}

/// Loss of a fixed batch, for gradients.
Tensor batch_loss(const LanguageModel& model, const Tensor& inputs) {
  const std::int64_t length = 12;
  const Tensor hidden = model.forward(inputs, causal_layout(inputs.size(0) / length, length));
  const Tensor targets = torch::arange(inputs.size(0)).remainder(testing::kTinyVocabulary);
  return model.loss(hidden, targets);
}

TEST(LanguageModel, GradientsAreSlopesOfTheLoss) {
  auto model = tiny_llama();
  ASSERT_TRUE(model);
  train_a_little(*model, 0.1);
  Tensor inputs = model->embed(torch::arange(24).remainder(50) + 3).set_requires_grad(true);
  batch_loss(*model, inputs).backward();
  std::vector<Tensor> all = model->parameters();
  all.push_back(inputs);
  for (std::size_t i = 0; i < all.size(); ++i) {
    // Along a random direction: the gradient's share of it is the slope of the loss.
    torch::manual_seed(static_cast<std::uint64_t>(i));
    const Tensor direction = torch::randn_like(all[i]);
    const double expected = (all[i].grad() * direction).sum().item<double>();
    const torch::NoGradGuard no_gradients;
    const double step = 1e-3;
    Tensor values = all[i];
    values.add_(direction, step);
    const double above = batch_loss(*model, inputs).item<double>();
    values.add_(direction, -2.0 * step);
    const double below = batch_loss(*model, inputs).item<double>();
    values.add_(direction, step);
    const double slope = (above - below) / (2.0 * step);
    EXPECT_NEAR(slope, expected, 2e-3 + 0.02 * std::abs(expected)) << "parameter " << i;
  }
}

TEST(LanguageModel, GradientsAreThoseOfTheReference) {
  auto model = tiny_llama();
  ASSERT_TRUE(model);
  std::ifstream in(std::filesystem::path(RAP_SOURCE_DIR) / "tests/training/gradients.json");
  const auto reference = nlohmann::json::parse(in);
  {
    // Simple values that a script of another language can make as well.
    const torch::NoGradGuard no_gradients;
    double phase = 0.0;
    for (LoraPart& part : model->lora_parts()) {
      for (Tensor* values : {&part.a, &part.b}) {
        const Tensor places = torch::arange(values->numel(), torch::kFloat64);
        values->copy_((torch::sin(places * 0.7 + phase) * 0.1).view(values->sizes()));
        phase += 1.0;
      }
    }
  }
  const Tensor inputs = model->embed(torch::arange(24).remainder(50) + 3);
  const Tensor loss = batch_loss(*model, inputs);
  loss.backward();
  EXPECT_NEAR(loss.item<double>(), reference.at("loss").get<double>(), 1e-4);
  double norm = 0.0;
  for (const Tensor& parameter : model->parameters()) norm += parameter.grad().square().sum().item<double>();
  EXPECT_NEAR(std::sqrt(norm), reference.at("gradient_norm").get<double>(), 1e-3);
  const auto& first = reference.at("blk.0.attn_q.b");
  const Tensor gradient = model->parameters().at(1).grad();
  for (std::int64_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(gradient.view({-1})[i].item<double>(), first.at(static_cast<std::size_t>(i)).get<double>(), 1e-5);
  }
}

TEST(LanguageModel, RecomputedLayersGiveTheSameGradients) {
  std::vector<std::vector<Tensor>> gradients;
  for (const bool keep : {true, false}) {
    auto model = tiny_llama(keep);
    ASSERT_TRUE(model);
    train_a_little(*model, 0.1);
    batch_loss(*model, model->embed(torch::arange(24) + 3).set_requires_grad(true)).backward();
    gradients.emplace_back();
    for (const Tensor& parameter : model->parameters()) gradients.back().push_back(parameter.grad().clone());
  }
  for (std::size_t i = 0; i < gradients[0].size(); ++i) {
    EXPECT_TRUE(torch::allclose(gradients[0][i], gradients[1][i], 1e-4, 1e-6)) << "parameter " << i;
  }
}

TEST(LanguageModel, RefusesWhatItDoesNotKnow) {
  const TemporaryDir folder;
  const auto file = folder.path() / "bert.gguf";
  ASSERT_TRUE(write_gguf(file, {.metadata = {{"general.architecture", std::string("bert")}},
                                .tensors = {{"x", {32}, StorageType::kF32, std::vector<float>(32)}}}));
  const auto refused = LanguageModel::read(*GgufFile::open(file), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().message.find("bert"), std::string::npos);
}

}  // namespace
}  // namespace rap::training
