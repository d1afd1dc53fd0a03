// SPDX-License-Identifier: Apache-2.0
#include "core/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <random>
#include <string>

#include "core/files.h"
#include "rap/types.h"

namespace rap {
namespace {

Bytes file_of(const std::string& header, const std::vector<float>& values) {
  const std::uint64_t size = header.size();
  Bytes file(8 + header.size() + values.size() * sizeof(float));
  std::memcpy(file.data(), &size, 8);
  std::memcpy(file.data() + 8, header.data(), header.size());
  if (!values.empty()) std::memcpy(file.data() + 8 + header.size(), values.data(), values.size() * sizeof(float));
  return file;
}

TEST(SafetensorsTest, ReadsTensors) {
  const auto tensors = read_safetensors(file_of(
      R"({"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"s":{"dtype":"F32","shape":[],"data_offsets":[8,12]}})",
      {1.0F, 2.0F, 3.0F}));
  ASSERT_TRUE(tensors) << tensors.error().message;
  ASSERT_EQ(tensors->size(), 2U);
  EXPECT_EQ(tensors->at("x").shape, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(tensors->at("x").values, (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(tensors->at("s").values, (std::vector<float>{3.0F}));
}

TEST(SafetensorsTest, WidensHalfPrecision) {
  // 1.5 and -2 as IEEE half precision, then as bfloat16; the odd offset of "h" is legal.
  const std::string header =
      R"({"h":{"dtype":"F16","shape":[2],"data_offsets":[1,5]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[5,9]}})";
  Bytes file = file_of(header, {});
  for (const int byte : {0x77, 0x00, 0x3E, 0x00, 0xC0, 0xC0, 0x3F, 0x00, 0xC0}) {
    file.push_back(static_cast<std::byte>(byte));
  }
  const auto tensors = read_safetensors(file);
  ASSERT_TRUE(tensors) << tensors.error().message;
  EXPECT_EQ(tensors->at("h").values, (std::vector<float>{1.5F, -2.0F}));
  EXPECT_EQ(tensors->at("b").values, (std::vector<float>{1.5F, -2.0F}));
  EXPECT_EQ(tensors->at("b").shape, (std::vector<std::int64_t>{1, 2}));
}

TEST(SafetensorsTest, ReadsWhatItWrites) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "written.safetensors";
  const Tensors tensors{
      {"a", {{2, 3}, {1, 2, 3, 4, 5, 6}}}, {"b.bias", {{}, {-0.5F}}}, {"empty", {{0, 4}, {}}}, {"z", {{1}, {1e-30F}}}};
  const auto written = write_safetensors(path, tensors);
  ASSERT_TRUE(written) << written.error().message;
  const auto bytes = read_file(path, 1 << 20);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto read = read_safetensors(*bytes);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(read->at(name).shape, tensor.shape) << name;
    EXPECT_EQ(read->at(name).values, tensor.values) << name;
  }
  const auto refused = write_safetensors(path, {{"x", {{2, 2}, {1.0F}}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

TEST(SafetensorsTest, RefusesWhatIsNotOne) {
  for (const char* header : {"", "[]", "{", R"({"x":1})", R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}})",
                             R"({"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})",
                             R"({"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})",
                             R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}})",
                             R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}})",
                             R"({"x":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}})",
                             R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,0]}})",
                             R"({"x":{"dtype":"F32","shape":[0.5],"data_offsets":[0,4]}})"}) {
    const auto refused = read_safetensors(file_of(header, {1.0F, 2.0F}));
    ASSERT_FALSE(refused) << header;
    EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt) << header;
  }
  for (const char* dtype : {"I32", "F64", "f32", ""}) {
    const std::string header = R"({"x":{"dtype":")" + std::string(dtype) + R"(","shape":[1],"data_offsets":[0,4]}})";
    const auto refused = read_safetensors(file_of(header, {1.0F}));
    ASSERT_FALSE(refused) << dtype;
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported) << dtype;
  }
  EXPECT_FALSE(read_safetensors({}));
  EXPECT_FALSE(read_safetensors(Bytes(8, std::byte{0xFF})));
}

TEST(SafetensorsTest, SurvivesAnyDamage) {
  const Bytes good = file_of(R"({"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}})", {1.0F, 2.0F});
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    Bytes damaged = good;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    }
    damaged.resize(random() % 4 == 0 ? random() % damaged.size() : damaged.size());
    (void)read_safetensors(damaged);
  }
}

}  // namespace
}  // namespace rap
