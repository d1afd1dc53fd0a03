// SPDX-License-Identifier: Apache-2.0
#include "dataset/augment.h"

#include <gtest/gtest.h>

#include "dataset/compose.h"
#include "dataset/fill.h"
#include "tests/dataset/photos.h"

namespace rap::dataset {
namespace {

using testing::patches;
using testing::plain;

constexpr AugmentOptions kNothing{
    .margin = 0, .cut = 0, .flip = 0, .rotation = 0, .light = 0, .colour = 0, .new_background = 0};

std::vector<int> pixel(const Image& image, int x, int y) {
  const auto at = image.rgb.begin() + 3 * (static_cast<std::ptrdiff_t>(y) * image.width + x);
  return {at[0], at[1], at[2]};
}

TEST(Augment, WithEverythingOffItIsTheCrop) {
  const Image image = patches(1, 80, 60);
  Random random(1);
  const Box box{0.25F, 0.5F, 0.5F, 0.25F};
  const Image view = augment(image, box, nullptr, kNothing, random);
  const Image expected = crop(image, box);
  EXPECT_EQ(view.width, expected.width);
  EXPECT_EQ(view.height, expected.height);
  EXPECT_EQ(view.rgb, expected.rgb);
}

TEST(Augment, MirrorsWhenItIsSure) {
  const Image image = patches(1, 80, 60);
  AugmentOptions options = kNothing;
  options.flip = 1;
  Random random(1);
  const Image view = augment(image, {}, nullptr, options, random);
  for (const int x : {0, 17, 79}) EXPECT_EQ(pixel(view, x, 30), pixel(image, 79 - x, 30));
}

TEST(Augment, KeepsTheBoxAndReplacesTheRest) {
  const Image image = plain(200, 100, 250, 0, 0);
  const Image background = plain(50, 50, 0, 0, 250);
  AugmentOptions options = kNothing;
  options.new_background = 1;
  options.margin = 0.5F;
  const Box box{0.4F, 0.3F, 0.2F, 0.4F};
  Random random(3);
  const Image view = augment(image, box, &background, options, random);
  EXPECT_EQ(pixel(view, view.width / 2, view.height / 2), (std::vector<int>{250, 0, 0}));
  ASSERT_GT(view.width, 44);
  EXPECT_EQ(pixel(view, 0, 0), (std::vector<int>{0, 0, 250}));
}

TEST(Augment, IsTheSameForASeedAndDiffersForAnother) {
  const Image image = patches(4, 120, 90);
  const Image background = patches(5, 60, 60);
  const Box box{0.2F, 0.2F, 0.5F, 0.6F};
  const auto view = [&](std::uint64_t seed) {
    Random random(seed);
    return augment(image, box, &background, {}, random);
  };
  EXPECT_EQ(view(1).rgb, view(1).rgb);
  EXPECT_NE(view(1).rgb, view(2).rgb);
}

TEST(Augment, AnyBoxOfAnyImageGivesPixels) {
  constexpr std::uint64_t kSeed = 5;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (int i = 0; i < 200; ++i) {
    const Image image =
        plain(1 + static_cast<int>(random.below(20)), 1 + static_cast<int>(random.below(20)), 9, 99, 199);
    Box box{random.between(0, 0.9F), random.between(0, 0.9F), 0, 0};
    box.width = random.between(0.01F, 1.0F - box.x);
    box.height = random.between(0.01F, 1.0F - box.y);
    const Image view = augment(image, box, &image, {}, random);
    ASSERT_GE(view.width, 1);
    ASSERT_GE(view.height, 1);
    ASSERT_LE(view.width, image.width);
    ASSERT_LE(view.height, image.height);
    ASSERT_EQ(view.rgb.size(), 3U * static_cast<std::size_t>(view.width) * static_cast<std::size_t>(view.height));
  }
}

TEST(Fill, CutsOffBothSidesEvenly) {
  Image image = plain(30, 10, 0, 0, 0);
  for (int y = 0; y < 10; ++y) {
    for (int x = 10; x < 20; ++x) image.rgb[static_cast<std::size_t>(3 * (y * 30 + x))] = 200;
  }
  const Image square = fill(image, 20, 20);
  EXPECT_EQ(square.width, 20);
  EXPECT_EQ(square.height, 20);
  EXPECT_EQ(pixel(square, 10, 10)[0], 200);
  EXPECT_GT(pixel(square, 1, 10)[0], 100);
}

TEST(Compose, PutsEachPictureIntoItsBox) {
  const std::vector<Image> pictures{plain(100, 100, 200, 0, 0), plain(60, 90, 0, 200, 0), plain(90, 60, 0, 0, 200),
                                    plain(300, 10, 100, 100, 100)};
  for (const Layout layout : {Layout::kRow, Layout::kGrid, Layout::kPasted}) {
    for (std::size_t count = 2; count <= 4; ++count) {
      Random random(count);
      const auto composed = compose(std::span(pictures).first(count), layout, random);
      ASSERT_TRUE(composed.has_value());
      const Image& image = composed->image;
      EXPECT_EQ(image.height, kCompositionHeight);
      ASSERT_EQ(composed->boxes.size(), count);
      for (std::size_t i = 0; i < count; ++i) {
        const Box& box = composed->boxes[i];
        EXPECT_TRUE(check_box(box).has_value());
        const auto x = static_cast<int>((box.x + box.width / 2) * static_cast<float>(image.width));
        const auto y = static_cast<int>((box.y + box.height / 2) * static_cast<float>(image.height));
        EXPECT_EQ(pixel(image, x, y), pixel(pictures[i], 0, 0)) << "picture " << i << " of " << count;
      }
    }
  }
}

TEST(Compose, TakesTwoToFour) {
  Random random(1);
  const std::vector<Image> pictures(5, plain(10, 10, 1, 2, 3));
  EXPECT_EQ(compose(std::span(pictures).first(1), Layout::kRow, random).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(compose(pictures, Layout::kGrid, random).error().field, "pictures");
}

}  // namespace
}  // namespace rap::dataset
