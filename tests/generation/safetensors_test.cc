// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

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
  const auto half = read_safetensors(file_of(R"({"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})", {1.0F}));
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().code, ErrorCode::kUnsupported);
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
