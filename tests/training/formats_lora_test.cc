// SPDX-License-Identifier: Apache-2.0
#include "training/formats/lora.h"

#include <gtest/gtest.h>
#include <llama-cpp.h>

#include <algorithm>
#include <filesystem>

#include "generation/llama/model.h"
#include "tests/generation/tiny_vlm.h"
#include "tests/training/formats_values.h"

namespace rap::training {
namespace {

using testing::random_matrix;
using testing::scratch_file;

LoraAdapter adapter_for(std::vector<LoraPair> pairs) { return {"test", "llama", "tiny", 8.0, std::move(pairs)}; }

TEST(LoraTest, ReadsWhatItWrites) {
  const auto adapter = adapter_for({{"blk.0.attn_q.weight", random_matrix(4, 64), random_matrix(64, 4)},
                                    {"blk.1.ffn_up.weight", random_matrix(1, 64), random_matrix(128, 1)}});
  const auto file = scratch_file("adapter.gguf");
  const auto written = write_lora_gguf(file, adapter, StorageType::kF32);
  ASSERT_TRUE(written) << written.error().message;
  const auto read = read_lora_gguf(file);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->name, "test");
  EXPECT_EQ(read->architecture, "llama");
  EXPECT_EQ(read->base_name, "tiny");
  EXPECT_EQ(read->alpha, 8.0);
  ASSERT_EQ(read->pairs.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read->pairs[i].target, adapter.pairs[i].target);
    EXPECT_EQ(read->pairs[i].a.rows, adapter.pairs[i].a.rows);
    EXPECT_EQ(read->pairs[i].b.columns, adapter.pairs[i].b.columns);
    EXPECT_EQ(read->pairs[i].a.values, adapter.pairs[i].a.values);
    EXPECT_EQ(read->pairs[i].b.values, adapter.pairs[i].b.values);
  }
  EXPECT_EQ(lora_scale(*read, read->pairs[0]), 2.0);
  EXPECT_EQ(lora_scale(*read, read->pairs[1]), 8.0);
}

TEST(LoraTest, LlamaLoadsIt) {
  const auto model_file = scratch_file("tiny.gguf");
  ASSERT_TRUE(rap::testing::write_tiny_vlm(model_file, scratch_file("tiny-mmproj.gguf"), 1));
  const auto model = load_model(model_file);
  ASSERT_TRUE(model) << model.error().message;
  for (const StorageType type : {StorageType::kF32, StorageType::kF16}) {
    const auto file = scratch_file("adapter.gguf");
    ASSERT_TRUE(write_lora_gguf(
        file, adapter_for({{"blk.1.ffn_down.weight", random_matrix(4, 128), random_matrix(64, 4)}}), type));
    llama_adapter_lora* adapter = llama_adapter_lora_init(model->get(), file.c_str());  // owned by the model
    EXPECT_NE(adapter, nullptr);
  }
}

TEST(LoraTest, ReadsTheDefaultModelsAdapter) {
  const auto file = std::filesystem::path(RAP_SOURCE_DIR) / "models/rap-smol-135m/lora.gguf";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no models";
  const auto adapter = read_lora_gguf(file);
  ASSERT_TRUE(adapter) << adapter.error().message;
  EXPECT_EQ(adapter->architecture, "llama");
  EXPECT_EQ(adapter->alpha, 64.0);
  EXPECT_EQ(adapter->pairs.size(), 30U * 7U);
  const auto key = std::find_if(adapter->pairs.begin(), adapter->pairs.end(),
                                [](const LoraPair& pair) { return pair.target == "blk.3.attn_k.weight"; });
  ASSERT_NE(key, adapter->pairs.end());
  EXPECT_EQ(key->a.rows, 32);
  EXPECT_EQ(key->a.columns, 576);
  EXPECT_EQ(key->b.rows, 192);
  EXPECT_EQ(key->b.columns, 32);
  EXPECT_EQ(lora_scale(*adapter, *key), 2.0);
}

TEST(LoraTest, RefusesWhatDoesNotFit) {
  const auto file = scratch_file("adapter.gguf");
  const auto refused = [&](const LoraAdapter& adapter, StorageType type = StorageType::kF16) {
    const auto written = write_lora_gguf(file, adapter, type);
    return !written && written.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused(adapter_for({})));
  EXPECT_TRUE(refused(adapter_for({{"w", random_matrix(4, 8), random_matrix(8, 2)}})));
  EXPECT_TRUE(refused(adapter_for({{"w", random_matrix(4, 8), {8, 4, {}}}})));
  EXPECT_TRUE(refused(adapter_for({{"w", random_matrix(4, 32), random_matrix(8, 4)}}), StorageType::kQ8_0));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(LoraTest, RefusesFilesThatAreNoAdapters) {
  const auto file = scratch_file("other.gguf");
  const std::map<std::string, GgufValue> adapter{
      {"general.type", "adapter"}, {"adapter.type", "lora"}, {"general.architecture", "llama"}};
  const auto code = [&](const GgufContent& content) {
    EXPECT_TRUE(write_gguf(file, content));
    const auto read = read_lora_gguf(file);
    return read ? ErrorCode::kInternal : read.error().code;
  };
  const OutputTensor half{"w.lora_a", {2, 4}, StorageType::kF32, std::vector<float>(8)};
  const OutputTensor narrow{"w.lora_b", {4, 1}, StorageType::kF32, std::vector<float>(4)};
  const OutputTensor norm{"blk.0.attn_norm.weight", {4}, StorageType::kF32, std::vector<float>(4)};
  EXPECT_EQ(code({{{"general.architecture", "llama"}}, {half}}), ErrorCode::kCorrupt);
  EXPECT_EQ(code({adapter, {half}}), ErrorCode::kCorrupt);
  EXPECT_EQ(code({adapter, {half, narrow}}), ErrorCode::kCorrupt);
  EXPECT_EQ(code({adapter, {norm}}), ErrorCode::kUnsupported);
  EXPECT_EQ(read_lora_gguf(scratch_file("missing.gguf")).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace rap::training
