// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/image/pictures.h"
#include "tests/image/pillow_bicubic.h"

namespace rap {
namespace {

/// A gradient with noise, 32 x 24; the same numbers went through Pillow.
Image noisy_picture() {
  Image image{32, 24, {}};
  std::uint32_t state = 1;
  for (std::uint32_t y = 0; y < 24; ++y) {
    for (std::uint32_t x = 0; x < 32; ++x) {
      for (std::uint32_t band = 0; band < 3; ++band) {
        state = state * 1664525U + 1013904223U;
        image.rgb.push_back(static_cast<std::uint8_t>(x * 5 + y * 3 + band * 20 + (state >> 24U) / 2));
      }
    }
  }
  return image;
}

template <std::size_t size>
void expect_like_pillow(const Image& actual, const std::array<std::uint8_t, size>& expected) {
  ASSERT_EQ(actual.rgb.size(), size);
  int worst = 0;
  double sum = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    const int difference = std::abs(actual.rgb[i] - expected[i]);
    worst = std::max(worst, difference);
    sum += difference;
  }
  EXPECT_LE(sum / static_cast<double>(size), 0.3) << "mean difference in levels";
  EXPECT_LE(worst, 2) << "greatest difference in levels";
}

TEST(Resize, ShrinksLikePillow) {
  expect_like_pillow(resize(noisy_picture(), 8, 8), testing::kShrunk8x8);
  expect_like_pillow(resize(noisy_picture(), 13, 9), testing::kShrunk13x9);
}

TEST(Resize, GrowsLikePillow) {
  const Image corner = crop(noisy_picture(), {0.0F, 0.0F, 5.0F / 32.0F, 4.0F / 24.0F});
  ASSERT_EQ(corner.width, 5);
  ASSERT_EQ(corner.height, 4);
  expect_like_pillow(resize(corner, 8, 8), testing::kGrown8x8);
}

TEST(Resize, ToTheSameSizeChangesNothing) {
  const Image image = noisy_picture();
  EXPECT_EQ(resize(image, 32, 24).rgb, image.rgb);
}

TEST(Resize, ExtremeShapes) {
  for (const auto& [width, height] : {std::pair{1, 1}, std::pair{200, 1}, std::pair{1, 200}}) {
    const Image image = resize(noisy_picture(), width, height);
    EXPECT_EQ(image.width, width);
    EXPECT_EQ(image.height, height);
    EXPECT_EQ(image.rgb.size(), static_cast<std::size_t>(3 * width * height));
  }
}

TEST(Resize, KeepsAFlatColour) {
  Image flat{50, 30, std::vector<std::uint8_t>(50 * 30 * 3, 201)};
  for (const std::uint8_t value : resize(flat, 17, 71).rgb) ASSERT_EQ(value, 201);
}

}  // namespace
}  // namespace rap
