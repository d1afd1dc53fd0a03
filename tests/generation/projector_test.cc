// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/projector.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "tests/generation/reference.h"
#include "tests/support/data.h"

namespace rap {
namespace {

double cosine(const float* a, const float* b, std::size_t size) {
  const double ab = std::inner_product(a, a + size, b, 0.0);
  return ab / std::sqrt(std::inner_product(a, a + size, a, 0.0) * std::inner_product(b, b + size, b, 0.0));
}

std::filesystem::path weights() { return testing::source_dir() / "models" / "rap-smol-135m" / "projector.safetensors"; }

TEST(ProjectorTest, VisualTokensEqualTheReference) {
  auto projector = Projector::load(weights());
  ASSERT_TRUE(projector) << projector.error().message;
  const auto reference = testing::load_reference();
  ASSERT_FALSE(reference.features.empty());
  const auto width = static_cast<std::size_t>(projector->width());
  for (const auto& [photo, features] : reference.features) {
    const auto tokens = projector->project(features);
    const auto& expected = reference.tokens.at(photo);
    ASSERT_EQ(tokens.size(), expected.size());
    for (std::size_t at = 0; at < tokens.size(); at += width) {
      EXPECT_GE(cosine(tokens.data() + at, expected.data() + at, width), 0.999) << photo << " token " << at / width;
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) ASSERT_NEAR(tokens[i], expected[i], 0.02) << photo;
  }
}

TEST(ProjectorTest, PoolsTheMapIntoCellsRowByRow) {
  auto projector = Projector::load(weights());
  ASSERT_TRUE(projector);
  FeatureMap map{projector->channels(), 12, 12, {}};
  map.values.resize(static_cast<std::size_t>(map.channels) * 144);
  // Channel 0 counts 0, 1, 2 ... over the map, twelve a row; the others are 1. A cell is 2 x 2 of it.
  for (std::size_t i = 0; i < map.values.size(); ++i) map.values[i] = i < 144 ? static_cast<float>(i) : 1.0F;
  auto pooled = projector->pool(map);
  ASSERT_TRUE(pooled);
  ASSERT_EQ(pooled->size(), static_cast<std::size_t>(projector->tokens() * map.channels));
  const auto channels = static_cast<std::size_t>(map.channels);
  EXPECT_NEAR((*pooled)[0], 6.5F, 1e-3);                // rows 0 and 1, columns 0 and 1
  EXPECT_NEAR((*pooled)[channels], 8.5F, 1e-3);         // columns 2 and 3
  EXPECT_NEAR((*pooled)[6 * channels], 30.5F, 1e-3);    // rows 2 and 3
  EXPECT_NEAR((*pooled)[35 * channels], 136.5F, 1e-3);  // rows and columns 10 and 11
  EXPECT_NEAR((*pooled)[35 * channels + 1], 1.0F, 1e-5);
}

TEST(ProjectorTest, RefusesMapsOfAnotherShape) {
  auto projector = Projector::load(weights());
  ASSERT_TRUE(projector);
  EXPECT_FALSE(projector->pool({}));
  FeatureMap small{projector->channels(), 5, 12, {}};
  small.values.resize(static_cast<std::size_t>(small.channels) * 60);
  EXPECT_FALSE(projector->pool(small));
  FeatureMap lying{projector->channels(), 12, 12, {1.0F}};
  auto refused = projector->pool(lying);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

TEST(ProjectorTest, PoolsMapsThatTheGridDoesNotDivide) {
  auto projector = Projector::load(weights());
  ASSERT_TRUE(projector);
  FeatureMap map{projector->channels(), 9, 16, {}};
  map.values.resize(static_cast<std::size_t>(map.channels) * 144);
  for (std::size_t i = 0; i < map.values.size(); ++i) map.values[i] = static_cast<float>(i % 144 / 16);  // its row
  const auto pooled = projector->pool(map);
  ASSERT_TRUE(pooled);
  // Rows 0-1, 1-2, 3-4, 4-5, 6-7 and 7-8 of nine: neighbours share a row.
  constexpr std::array<float, 6> kMeans{0.5F, 1.5F, 3.5F, 4.5F, 6.5F, 7.5F};
  const auto channels = static_cast<std::size_t>(map.channels);
  for (std::size_t row = 0; row < kMeans.size(); ++row) {
    for (std::size_t column = 0; column < kMeans.size(); ++column) {
      EXPECT_FLOAT_EQ((*pooled)[(kMeans.size() * row + column) * channels], kMeans[row]);
    }
  }
}

TEST(ProjectorTest, NamesTheFileThatIsMissingOrUnfit) {
  auto missing = Projector::load("no-such-projector.safetensors");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  auto unfit = Projector::load(testing::source_dir() / "tests" / "generation" / "reference_tokens.bin");
  ASSERT_FALSE(unfit);
  EXPECT_EQ(unfit.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace rap
