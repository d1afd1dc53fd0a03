// SPDX-License-Identifier: Apache-2.0
#include "training/formats/merge.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/files.h"
#include "tests/generation/tiny_vlm.h"
#include "tests/training/formats_logits.h"
#include "tests/training/formats_values.h"
#include "training/formats/lora.h"

namespace rap::training {
namespace {

namespace fs = std::filesystem;
using testing::cosine;
using testing::logits_of;
using testing::random_matrix;
using testing::random_values;
using testing::relative_error;
using testing::scratch_file;

const std::vector<int> kTokens{1, 300, 301, 305, 299, 320, 311};

class MergeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.base = scratch_file("tiny.gguf");
    ASSERT_TRUE(rap::testing::write_tiny_vlm(options_.base, scratch_file("tiny-mmproj.gguf"), 1));
    options_.adapter = scratch_file("adapter.gguf");
    options_.output = scratch_file("merged.gguf");
    write({{"blk.0.attn_q.weight", random_matrix(4, 64, 0.2F), random_matrix(64, 4, 0.2F)},
           {"blk.1.ffn_down.weight", random_matrix(2, 128, 0.2F), random_matrix(64, 2, 0.2F)}});
  }

  void write(std::vector<LoraPair> pairs) {
    adapter_ = {"test", "llama", "", 8.0, std::move(pairs)};
    ASSERT_TRUE(write_lora_gguf(options_.adapter, adapter_, StorageType::kF32));
  }

  /// base + alpha / rank * b * a, entry by entry.
  [[nodiscard]] std::vector<float> expected(const LoraPair& pair) const {
    auto values = *GgufFile::open(options_.base)->values(pair.target);
    const auto at = [](const Matrix& matrix, std::int64_t row, std::int64_t column) {
      return static_cast<double>(matrix.values[static_cast<std::size_t>(row * matrix.columns + column)]);
    };
    for (std::int64_t row = 0; row < pair.b.rows; ++row) {
      for (std::int64_t column = 0; column < pair.a.columns; ++column) {
        double sum = 0.0;
        for (std::int64_t k = 0; k < pair.a.rows; ++k) sum += at(pair.b, row, k) * at(pair.a, k, column);
        values[static_cast<std::size_t>(row * pair.a.columns + column)] +=
            static_cast<float>(options_.scale * adapter_.alpha / static_cast<double>(pair.a.rows) * sum);
      }
    }
    return values;
  }

  [[nodiscard]] std::map<std::string, StorageType> types() const {
    std::map<std::string, StorageType> types;
    const auto file = GgufFile::open(options_.output);
    for (const TensorInfo& tensor : file->tensors()) types[tensor.name] = tensor.type;
    return types;
  }

  MergeOptions options_;
  LoraAdapter adapter_;
};

TEST_F(MergeTest, AddsTheAdapterAndKeepsTheRest) {
  options_.scale = 0.5F;
  const auto report = merge_lora(options_);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->merged, 2U);
  const auto base = GgufFile::open(options_.base);
  const auto merged = GgufFile::open(options_.output);
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(merged->metadata(), base->metadata());
  ASSERT_EQ(merged->tensors().size(), base->tensors().size());
  EXPECT_EQ(report->tensors, base->tensors().size());
  for (const LoraPair& pair : adapter_.pairs) {
    EXPECT_LT(relative_error(expected(pair), *merged->values(pair.target)), 1e-6) << pair.target;
    EXPECT_GT(relative_error(*base->values(pair.target), *merged->values(pair.target)), 0.01) << pair.target;
  }
  EXPECT_EQ(*merged->values("blk.0.attn_k.weight"), *base->values("blk.0.attn_k.weight"));
}

TEST_F(MergeTest, AnswersAsBaseAndAdapterDo) {
  ASSERT_TRUE(merge_lora(options_));
  const auto plain = logits_of(options_.base, {}, kTokens);
  const auto adapted = logits_of(options_.base, options_.adapter, kTokens);
  ASSERT_FALSE(plain.empty());
  EXPECT_LT(cosine(plain, adapted), 0.999) << "the adapter should change something";
  EXPECT_GT(cosine(logits_of(options_.output, {}, kTokens), adapted), 0.99999);
}

TEST_F(MergeTest, StoresWeightsAsAsked) {
  struct Case {
    std::optional<StorageType> type;
    StorageType stored;  ///< rows of 64 numbers do not fit k-quants
    double error;        ///< of a changed matrix
    double cosine;       ///< of the answers; random networks amplify what rounding does
  };
  for (const Case& wanted : {Case{StorageType::kF16, StorageType::kF16, 1e-3, 0.9999},
                             Case{StorageType::kQ8_0, StorageType::kQ8_0, 0.01, 0.99},
                             Case{StorageType::kQ4_K, StorageType::kOther, 0.06, 0.9}}) {
    options_.type = wanted.type;
    const auto report = merge_lora(options_);
    ASSERT_TRUE(report) << report.error().message;
    const auto stored = types();
    EXPECT_EQ(stored.at("blk.0.attn_q.weight"), wanted.stored);
    EXPECT_EQ(stored.at("blk.0.attn_k.weight"), wanted.stored);
    EXPECT_EQ(stored.at("blk.0.attn_norm.weight"), StorageType::kF32);
    const auto merged = GgufFile::open(options_.output);
    for (const LoraPair& pair : adapter_.pairs) {
      EXPECT_LT(relative_error(expected(pair), *merged->values(pair.target)), wanted.error) << pair.target;
    }
    EXPECT_GT(cosine(logits_of(options_.output, {}, kTokens), logits_of(options_.base, options_.adapter, kTokens)),
              wanted.cosine);
  }
}

TEST_F(MergeTest, UsesKQuantsWhereRowsFit) {
  const auto tensor = [](const char* name) {
    return OutputTensor{name, {8, 256}, StorageType::kF32, random_values(8 * 256)};
  };
  ASSERT_TRUE(write_gguf(options_.base, {{{"general.architecture", "llama"}},
                                         {tensor("token_embd.weight"), tensor("blk.0.attn_q.weight"),
                                          tensor("blk.0.attn_k.weight"), tensor("blk.0.attn_q_norm.weight")}}));
  write({{"blk.0.attn_q.weight", random_matrix(4, 256, 0.2F), random_matrix(8, 4, 0.2F)}});
  options_.type = StorageType::kQ4_K;
  const auto report = merge_lora(options_);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(types(), (std::map<std::string, StorageType>{{"token_embd.weight", StorageType::kQ6_K},
                                                         {"blk.0.attn_q.weight", StorageType::kQ4_K},
                                                         {"blk.0.attn_k.weight", StorageType::kQ4_K},
                                                         {"blk.0.attn_q_norm.weight", StorageType::kF32}}));
  const auto merged = GgufFile::open(options_.output);
  EXPECT_LT(relative_error(expected(adapter_.pairs[0]), *merged->values("blk.0.attn_q.weight")), 0.1);
  EXPECT_EQ(*merged->integer("general.file_type"), 14);
}

TEST_F(MergeTest, MergesIntoTheBaseItself) {
  const auto wanted = expected(adapter_.pairs[0]);
  options_.output = options_.base;
  ASSERT_TRUE(merge_lora(options_));
  EXPECT_LT(relative_error(wanted, *GgufFile::open(options_.base)->values(adapter_.pairs[0].target)), 1e-6);
}

TEST_F(MergeTest, RefusesAnotherBase) {
  const auto refused = [&] {
    const auto report = merge_lora(options_);
    EXPECT_FALSE(fs::exists(options_.output));
    return report ? "" : report.error().message;
  };
  write({{"blk.7.attn_q.weight", random_matrix(4, 64), random_matrix(64, 4)}});
  EXPECT_NE(refused().find("'blk.7.attn_q.weight'"), std::string::npos);
  write({{"blk.0.attn_q.weight", random_matrix(4, 32), random_matrix(64, 4)}});
  EXPECT_NE(refused().find("other sides"), std::string::npos);
  adapter_.architecture = "qwen2";
  ASSERT_TRUE(write_lora_gguf(options_.adapter, adapter_));
  EXPECT_NE(refused().find("'qwen2'"), std::string::npos);
  options_.type = StorageType::kOther;
  EXPECT_NE(refused(), "");
  options_.base = scratch_file("missing.gguf");
  EXPECT_EQ(merge_lora(options_).error().code, ErrorCode::kNotFound);
}

TEST_F(MergeTest, LeavesNothingBehindWhenNumbersAreNotFinite) {
  LoraPair pair{"blk.0.attn_q.weight", random_matrix(4, 64), random_matrix(64, 4)};
  pair.b.values[0] = 3e38F;
  pair.a.values[0] = 3e38F;
  write({pair});
  const auto report = merge_lora(options_);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("blk.0.attn_q.weight"), std::string::npos);
  for (const auto& entry : fs::directory_iterator(options_.output.parent_path())) {
    EXPECT_EQ(entry.path().string().find("merged"), std::string::npos) << entry.path();
  }
}

/// The cosines are those of docs/models.md; `--gtest_output=json` writes them down.
TEST(MergeSmolTest, AnswersAsTheDefaultModelDoes) {
  MergeOptions options;
  options.base = fs::path(RAP_TEST_MODELS_DIR) / "SmolLM2-135M-Instruct.Q4_1.gguf";
  options.adapter = fs::path(RAP_SOURCE_DIR) / "models/rap-smol-135m/lora.gguf";
  if (!fs::exists(options.base) || !fs::exists(options.adapter)) GTEST_SKIP() << "no models";
  options.output = scratch_file("merged.gguf");
  const std::vector<int> tokens{1, 4093, 198, 2683, 417, 282, 3365, 30, 2, 198, 1, 520, 9531, 198};
  const auto adapted = logits_of(options.base, options.adapter, tokens);
  ASSERT_FALSE(adapted.empty());
  const double base_off = 1.0 - cosine(logits_of(options.base, {}, tokens), adapted);
  RecordProperty("base", std::to_string(1.0 - base_off));
  struct {
    std::optional<StorageType> type;
    const char* name;
    double share;  ///< of the adapter's effect that rounding may take
  } const kWanted[] = {
      {std::nullopt, "keep", 0.5}, {StorageType::kQ4_K, "Q4_K", 0.5}, {StorageType::kQ8_0, "Q8_0", 0.1}};
  for (const auto& wanted : kWanted) {
    options.type = wanted.type;
    const auto report = merge_lora(options);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->merged, 210U);
    const double merged_off = 1.0 - cosine(logits_of(options.output, {}, tokens), adapted);
    RecordProperty(wanted.name, std::to_string(1.0 - merged_off));
    EXPECT_LT(merged_off, wanted.share * base_off) << wanted.name;
    fs::remove(options.output);
  }
}

}  // namespace
}  // namespace rap::training
