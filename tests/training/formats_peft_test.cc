// SPDX-License-Identifier: Apache-2.0
#include "training/formats/peft.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "core/files.h"
#include "core/safetensors.h"
#include "tests/generation/tiny_vlm.h"
#include "tests/training/formats_logits.h"
#include "tests/training/formats_values.h"

namespace rap::training {
namespace {

namespace fs = std::filesystem;
using testing::random_values;
using testing::scratch_file;

constexpr const char* kConfig = R"({"r": 4, "lora_alpha": 8, "target_modules": ["q_proj"], "use_rslora": false})";
const std::string kPrefix = "base_model.model.model.layers.0.";

Tensor random_tensor(std::int64_t rows, std::int64_t columns) {
  return {{rows, columns}, random_values(rows * columns, 0.2F)};
}

/// Rows whose numbers say which row they are.
Tensor counted_rows(std::int64_t rows, std::int64_t columns) {
  Tensor tensor{{rows, columns}, {}};
  for (std::int64_t i = 0; i < rows * columns; ++i) tensor.values.push_back(static_cast<float>(i / columns));
  return tensor;
}

std::vector<int> row_numbers(const Matrix& matrix) {
  std::vector<int> numbers;
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    numbers.push_back(static_cast<int>(matrix.values[static_cast<std::size_t>(row * matrix.columns)]));
  }
  return numbers;
}

class PeftTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = scratch_file("my-adapter");
    fs::create_directories(folder_);
    configure(kConfig);
  }

  void configure(const std::string& json) { ASSERT_TRUE(write_file(folder_ / "adapter_config.json", as_bytes(json))); }

  void save(const Tensors& tensors) {
    const auto written = write_safetensors(folder_ / "adapter_model.safetensors", tensors);
    ASSERT_TRUE(written) << written.error().message;
  }

  /// A layer of the adapter, [out, in], rank 4.
  static void add_layer(Tensors& tensors, const std::string& name, std::int64_t out, std::int64_t in) {
    tensors[name + ".lora_A.weight"] = random_tensor(4, in);
    tensors[name + ".lora_B.weight"] = counted_rows(out, 4);
  }

  /// A base of an architecture with the given matrices, width 4.
  GgufFile base(const std::string& architecture, const std::vector<std::pair<std::string, std::int64_t>>& rows) {
    GgufContent content{{{"general.architecture", architecture}, {"general.name", "Base"}}, {}};
    content.metadata[architecture + ".attention.head_count"] = std::int64_t{2};
    content.metadata[architecture + ".attention.head_count_kv"] = std::int64_t{1};
    for (const auto& [name, count] : rows) {
      content.tensors.push_back({name, {count, 4}, StorageType::kF32, random_values(count * 4)});
    }
    const auto file = scratch_file(architecture + ".gguf");
    EXPECT_TRUE(write_gguf(file, content));
    return *GgufFile::open(file);
  }

  GgufFile llama_base() { return base("llama", {{"blk.0.attn_q.weight", 16}, {"blk.0.attn_k.weight", 8}}); }

  [[nodiscard]] Error refusal(const GgufFile& file) const {
    const auto adapter = read_peft_adapter(folder_, file);
    EXPECT_FALSE(adapter);
    return adapter ? Error{} : adapter.error();
  }

  static const LoraPair& pair_of(const LoraAdapter& adapter, const std::string& target) {
    return *std::find_if(adapter.pairs.begin(), adapter.pairs.end(),
                         [&](const LoraPair& pair) { return pair.target == target; });
  }

  fs::path folder_;
};

TEST_F(PeftTest, InterleavesTheHeadsOfLlama) {
  Tensors tensors;
  add_layer(tensors, kPrefix + "self_attn.q_proj", 16, 4);
  add_layer(tensors, kPrefix + "self_attn.k_proj", 8, 4);
  save(tensors);
  const auto adapter = read_peft_adapter(folder_, llama_base());
  ASSERT_TRUE(adapter) << adapter.error().message;
  EXPECT_EQ(adapter->name, "my-adapter");
  EXPECT_EQ(adapter->base_name, "Base");
  EXPECT_EQ(adapter->alpha, 8.0);
  ASSERT_EQ(adapter->pairs.size(), 2U);
  const LoraPair& query = pair_of(*adapter, "blk.0.attn_q.weight");
  EXPECT_EQ(row_numbers(query.b), (std::vector<int>{0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15}));
  EXPECT_EQ(query.a.values, tensors.at(kPrefix + "self_attn.q_proj.lora_A.weight").values);
  EXPECT_EQ(row_numbers(pair_of(*adapter, "blk.0.attn_k.weight").b), (std::vector<int>{0, 4, 1, 5, 2, 6, 3, 7}));
}

TEST_F(PeftTest, LeavesOtherArchitecturesInOrder) {
  for (const char* architecture : {"qwen2", "gemma3"}) {
    Tensors tensors;
    add_layer(tensors, "base_model.model.model.language_model.layers.0.self_attn.q_proj", 16, 4);
    save(tensors);
    const auto adapter = read_peft_adapter(folder_, base(architecture, {{"blk.0.attn_q.weight", 16}}));
    ASSERT_TRUE(adapter) << adapter.error().message;
    EXPECT_EQ(adapter->architecture, architecture);
    const auto rows = row_numbers(adapter->pairs.at(0).b);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  }
}

TEST_F(PeftTest, KnowsPhi3sFusedLayers) {
  Tensors tensors;
  add_layer(tensors, "base_model.model.model.layers.11.self_attn.qkv_proj", 48, 4);
  add_layer(tensors, "base_model.model.model.layers.11.mlp.gate_up_proj", 32, 4);
  add_layer(tensors, "base_model.model.model.layers.11.self_attn.o_proj", 16, 4);
  save(tensors);
  const auto adapter = read_peft_adapter(
      folder_,
      base("phi3", {{"blk.11.attn_qkv.weight", 48}, {"blk.11.ffn_up.weight", 32}, {"blk.11.attn_output.weight", 16}}));
  ASSERT_TRUE(adapter) << adapter.error().message;
  EXPECT_EQ(adapter->pairs.size(), 3U);
  for (const LoraPair& pair : adapter->pairs) {
    const auto rows = row_numbers(pair.b);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end())) << pair.target;
  }
}

TEST_F(PeftTest, FoldsTheScaleOfRankStabilisedAdapters) {
  configure(R"({"r": 4, "lora_alpha": 8, "use_rslora": true, "rank_pattern": {"k_proj": 2}})");
  Tensors tensors;
  add_layer(tensors, kPrefix + "self_attn.q_proj", 16, 4);
  tensors[kPrefix + "self_attn.k_proj.lora_A.weight"] = random_tensor(2, 4);
  tensors[kPrefix + "self_attn.k_proj.lora_B.weight"] = random_tensor(8, 2);
  save(tensors);
  const auto adapter = read_peft_adapter(folder_, llama_base());
  ASSERT_TRUE(adapter) << adapter.error().message;
  // What counts is scale * b: alpha / sqrt(rank) of each layer's own rank.
  const LoraPair& query = pair_of(*adapter, "blk.0.attn_q.weight");
  EXPECT_NEAR(lora_scale(*adapter, query) * static_cast<double>(query.b.values.back()), 8 / std::sqrt(4.0) * 15, 1e-4);
  const LoraPair& key = pair_of(*adapter, "blk.0.attn_k.weight");
  const double stored = static_cast<double>(tensors.at(kPrefix + "self_attn.k_proj.lora_B.weight").values.front());
  EXPECT_NEAR(lora_scale(*adapter, key) * static_cast<double>(key.b.values.front()), 8 / std::sqrt(2.0) * stored, 1e-4);
}

TEST_F(PeftTest, LlamaRunsWhatItImports) {
  const auto model = scratch_file("tiny.gguf");
  ASSERT_TRUE(rap::testing::write_tiny_vlm(model, scratch_file("tiny-mmproj.gguf"), 1));
  const auto base = GgufFile::open(model);
  ASSERT_TRUE(base) << base.error().message;
  const auto words = static_cast<std::int64_t>(base->values("output.weight")->size() / 64);
  Tensors tensors;
  const auto add = [&](const std::string& name, std::int64_t out) {
    tensors[name + ".lora_A.default.weight"] = random_tensor(4, 64);
    tensors[name + ".lora_B.default.weight"] = random_tensor(out, 4);
  };
  for (const char* layer : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}) add(kPrefix + layer, 64);
  add("base_model.model.lm_head", words);
  save(tensors);
  const auto adapter = read_peft_adapter(folder_, *base);
  ASSERT_TRUE(adapter) << adapter.error().message;
  const auto file = scratch_file("adapter.gguf");
  ASSERT_TRUE(write_lora_gguf(file, *adapter));
  const std::vector<int> tokens{1, 300, 301, 305};
  const auto plain = testing::logits_of(model, {}, tokens);
  const auto adapted = testing::logits_of(model, file, tokens);
  ASSERT_FALSE(adapted.empty());
  EXPECT_LT(testing::cosine(plain, adapted), 0.999);
}

TEST_F(PeftTest, RefusesWhatLlamaCannotApply) {
  Tensors tensors;
  add_layer(tensors, kPrefix + "self_attn.q_proj", 16, 4);
  save(tensors);
  for (const char* config :
       {R"({"r": 4, "lora_alpha": 8, "use_dora": true})", R"({"r": 4, "lora_alpha": 8, "fan_in_fan_out": true})",
        R"({"r": 4, "lora_alpha": 8, "alpha_pattern": {"q_proj": 2}})"}) {
    configure(config);
    EXPECT_EQ(refusal(llama_base()).code, ErrorCode::kUnsupported) << config;
  }
  for (const char* config : {"", "[]", "{}", R"({"r": 0, "lora_alpha": 8})", R"({"r": 4, "lora_alpha": "8"})"}) {
    configure(config);
    EXPECT_EQ(refusal(llama_base()).code, ErrorCode::kCorrupt) << config;
  }
  configure(kConfig);
  EXPECT_EQ(refusal(base("mamba", {{"blk.0.attn_q.weight", 16}})).code, ErrorCode::kUnsupported);
  for (const char* name :
       {"base_model.model.model.embed_tokens.weight", "base_model.model.lm_head.modules_to_save.weight",
        "base_model.model.model.vision_tower.vision_model.encoder.layers.0.self_attn.q_proj.lora_A.weight",
        "base_model.model.model.layers.0.self_attn.rotary.lora_A.weight", "base_model.model.layers.lora_A.weight",
        "base_model.model.model.layers.99999999999.self_attn.q_proj.lora_A.weight", ".lora_A.weight"}) {
    Tensors more = tensors;
    more[name] = random_tensor(4, 4);
    save(more);
    const Error error = refusal(llama_base());
    EXPECT_EQ(error.code, ErrorCode::kUnsupported) << name;
    EXPECT_NE(error.message.find(name), std::string::npos) << error.message;
  }
}

TEST_F(PeftTest, RefusesAnotherBase) {
  Tensors tensors;
  add_layer(tensors, kPrefix + "self_attn.q_proj", 16, 4);
  save(tensors);
  EXPECT_EQ(refusal(base("qwen2", {{"blk.0.attn_q.weight", 32}})).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal(base("qwen2", {{"blk.1.attn_q.weight", 16}})).code, ErrorCode::kInvalidArgument);
  tensors.erase(kPrefix + "self_attn.q_proj.lora_B.weight");
  save(tensors);
  EXPECT_EQ(refusal(llama_base()).code, ErrorCode::kInvalidArgument);
}

TEST_F(PeftTest, SaysWhatIsMissing) {
  EXPECT_EQ(refusal(llama_base()).code, ErrorCode::kNotFound);
  ASSERT_TRUE(write_file(folder_ / "adapter_model.bin", as_bytes("pickle")));
  const Error error = refusal(llama_base());
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_NE(error.message.find("pickle"), std::string::npos);
  fs::remove(folder_ / "adapter_config.json");
  EXPECT_EQ(refusal(llama_base()).code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace rap::training
