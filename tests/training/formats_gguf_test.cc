// SPDX-License-Identifier: Apache-2.0
#include "training/formats/gguf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "core/files.h"
#include "tests/training/formats_values.h"

namespace rap::training {
namespace {

namespace fs = std::filesystem;
using testing::random_values;
using testing::relative_error;
using testing::scratch_file;

const fs::path kSmolLm = fs::path(RAP_TEST_MODELS_DIR) / "SmolLM2-135M-Instruct.Q4_1.gguf";

GgufContent one_tensor(OutputTensor tensor) { return {{{"general.architecture", "llama"}}, {std::move(tensor)}}; }

TEST(GgufTest, ReadsTheMetadataItWrites) {
  const GgufContent content{{{"flag", true},
                             {"count", std::int64_t{7}},
                             {"negative", std::int64_t{-7}},
                             {"big", std::int64_t{1} << 40U},
                             {"half", 0.5},
                             {"name", std::string("rap")},
                             {"numbers", std::vector<std::int64_t>{1, -2, 3}},
                             {"big_numbers", std::vector<std::int64_t>{std::int64_t{1} << 40U}},
                             {"none", std::vector<std::int64_t>{}},
                             {"halves", std::vector<double>{0.5, -1.5}},
                             {"names", std::vector<std::string>{"a", "", "b c"}}},
                            {}};
  const auto file = scratch_file("metadata.gguf");
  const auto written = write_gguf(file, content);
  ASSERT_TRUE(written) << written.error().message;
  const auto read = GgufFile::open(file);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->metadata(), content.metadata);
  EXPECT_EQ(*read->integer("big"), std::int64_t{1} << 40U);
  EXPECT_EQ(*read->number("count"), 7.0);
  EXPECT_EQ(*read->number("half"), 0.5);
  EXPECT_EQ(*read->text("name"), "rap");
  for (const auto& error : {read->integer("half").error(), read->integer("no.such").error()}) {
    EXPECT_EQ(error.code, ErrorCode::kCorrupt);
  }
  EXPECT_NE(read->text("count").error().message.find("'count'"), std::string::npos);
}

TEST(GgufTest, KeepsValuesWithinTheErrorOfTheirType) {
  struct Case {
    StorageType type;
    double error;  ///< relative, root mean square
  };
  const std::vector<float> values = random_values(4 * 512);
  for (const Case& wanted :
       {Case{StorageType::kF32, 0.0}, Case{StorageType::kF16, 5e-4}, Case{StorageType::kBf16, 4e-3},
        Case{StorageType::kQ8_0, 0.01}, Case{StorageType::kQ4_1, 0.1}, Case{StorageType::kQ4_K, 0.1},
        Case{StorageType::kQ5_K, 0.05}, Case{StorageType::kQ6_K, 0.025}}) {
    const auto file = scratch_file("values.gguf");
    const auto written = write_gguf(file, one_tensor({"w", {4, 512}, wanted.type, values}));
    ASSERT_TRUE(written) << written.error().message;
    const auto read = GgufFile::open(file);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->tensors().size(), 1U);
    EXPECT_EQ(read->tensors()[0].type, wanted.type);
    EXPECT_EQ(read->tensors()[0].shape, (std::vector<std::int64_t>{4, 512}));
    const auto back = read->values("w");
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_LE(relative_error(values, *back), wanted.error) << static_cast<int>(wanted.type);
  }
}

TEST(GgufTest, KeepsTensorsApart) {
  const auto file = scratch_file("many.gguf");
  GgufContent content;
  for (int i = 0; i < 20; ++i) {  // odd sizes, so that padding matters
    const std::int64_t size = 1 + 3 * i;
    content.tensors.push_back({"t" + std::to_string(i), {size}, StorageType::kF32, random_values(size)});
  }
  ASSERT_TRUE(write_gguf(file, content));
  const auto read = GgufFile::open(file);
  ASSERT_TRUE(read) << read.error().message;
  for (const OutputTensor& tensor : content.tensors) EXPECT_EQ(*read->values(tensor.name), tensor.values);
  EXPECT_EQ(read->values("t20").error().code, ErrorCode::kNotFound);
}

TEST(GgufTest, RefusesTensorsThatCannotBeStored) {
  const std::vector<float> values(64, 1.0F);
  const auto refused = [](OutputTensor tensor) {
    const auto file = scratch_file("refused.gguf");
    const auto written = write_gguf(file, one_tensor(std::move(tensor)));
    EXPECT_FALSE(fs::exists(file));
    return written ? ErrorCode::kInternal : written.error().code;
  };
  EXPECT_EQ(refused({"w", {2, 31}, StorageType::kF32, values}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({"w", {1, 64}, StorageType::kQ4_K, values}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({"w", {4, 16}, StorageType::kQ8_0, values}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({"w", {64}, StorageType::kOther, values}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({"w", {0, 64}, StorageType::kF32, {}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({"w", {1, 1, 1, 1, 64}, StorageType::kF32, values}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({"", {64}, StorageType::kF32, values}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({std::string(64, 'n'), {64}, StorageType::kF32, values}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused({"w", {1}, StorageType::kF32, {NAN}}), ErrorCode::kInvalidArgument);
  const OutputTensor tensor{"w", {64}, StorageType::kF32, values};
  EXPECT_EQ(write_gguf(scratch_file("twice.gguf"), {{}, {tensor, tensor}}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(write_gguf(scratch_file("no/folder.gguf"), one_tensor(tensor)).error().code, ErrorCode::kIo);
}

TEST(GgufTest, RefusesFilesThatAreNotSound) {
  EXPECT_EQ(GgufFile::open(scratch_file("missing.gguf")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(GgufFile::open(fs::temp_directory_path()).error().code, ErrorCode::kNotFound);
  const auto file = scratch_file("cut.gguf");
  ASSERT_TRUE(write_gguf(file, one_tensor({"w", {64}, StorageType::kF32, random_values(64)})));
  const auto whole = *read_file(file, 1 << 20);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_TRUE(write_file(file, std::span(whole).first(size)));
    const auto opened = GgufFile::open(file);
    ASSERT_FALSE(opened) << size << " of " << whole.size() << " bytes";
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  }
}

TEST(GgufTest, ReadsTheBaseModel) {
  if (!fs::exists(kSmolLm)) GTEST_SKIP() << "the base model is not there";
  const auto file = GgufFile::open(kSmolLm);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file->text("general.architecture"), "llama");
  EXPECT_EQ(*file->integer("llama.block_count"), 30);
  EXPECT_EQ(*file->integer("llama.embedding_length"), 576);
  EXPECT_NEAR(*file->number("llama.attention.layer_norm_rms_epsilon"), 1e-5, 1e-9);
  EXPECT_EQ(std::get<std::vector<std::string>>(file->metadata().at("tokenizer.ggml.tokens")).size(), 49152U);
  EXPECT_EQ(file->tensors().size(), 272U);
  const auto down = std::find_if(file->tensors().begin(), file->tensors().end(),
                                 [](const TensorInfo& tensor) { return tensor.name == "blk.0.ffn_down.weight"; });
  ASSERT_NE(down, file->tensors().end());
  EXPECT_EQ(down->shape, (std::vector<std::int64_t>{576, 1536}));
  EXPECT_EQ(down->type, StorageType::kQ4_1);
  const auto values = file->values("blk.0.ffn_down.weight");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(values->size(), 576U * 1536U);
  EXPECT_TRUE(std::all_of(values->begin(), values->end(), [](float value) { return std::abs(value) < 10.0F; }));
  EXPECT_EQ(file->values("token_embd.weight")->size(), 49152U * 576U);
}

}  // namespace
}  // namespace rap::training
