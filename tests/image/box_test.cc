// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "tests/image/pictures.h"

namespace rap {
namespace {

using testing::expect_near;
using testing::pixel;
using testing::quarters;

TEST(CheckBox, AcceptsBoxesInsideThePhoto) {
  EXPECT_TRUE(check_box({}));
  EXPECT_TRUE(check_box({0.25F, 0.5F, 0.75F, 0.5F}));
  EXPECT_TRUE(check_box({0.9F, 0.9F, 0.1F, 0.1F})) << "rounding of floats is forgiven";
}

TEST(CheckBox, NamesWhatIsWrong) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const Box& box :
       {Box{-0.1F, 0, 0.5F, 0.5F}, Box{0, -0.1F, 0.5F, 0.5F}, Box{0.6F, 0, 0.5F, 0.5F}, Box{0, 0.6F, 0.5F, 0.5F},
        Box{0, 0, 0, 0.5F}, Box{0, 0, 0.5F, 0}, Box{0, 0, -1, 1}, Box{kNan, 0, 1, 1}, Box{0, 0, kInfinity, 1}}) {
    const auto checked = check_box(box);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(checked.error().field, "box");
  }
}

TEST(Crop, TakesTheQuarter) {
  const Image part = crop(quarters(40, 20), {0.5F, 0.0F, 0.5F, 0.5F});
  EXPECT_EQ(part.width, 20);
  EXPECT_EQ(part.height, 10);
  ASSERT_EQ(part.rgb.size(), 600U);
  for (const int x : {0, 19}) {
    for (const int y : {0, 9}) expect_near(pixel(part, x, y), {0, 255, 0}, 0, "green");
  }
}

TEST(Crop, IsAtLeastOnePixel) {
  for (const Box& box : {Box{0.999F, 0.999F, 0.0001F, 0.0001F}, Box{0.5F, 0.5F, 1e-6F, 1e-6F}}) {
    const Image part = crop(quarters(8, 8), box);
    EXPECT_EQ(part.width, 1);
    EXPECT_EQ(part.height, 1);
    EXPECT_EQ(part.rgb.size(), 3U);
  }
}

TEST(Crop, OfTheWholeIsTheSamePicture) { EXPECT_EQ(crop(quarters(9, 7), {}).rgb, quarters(9, 7).rgb); }

TEST(Paste, ReplacesTheRectangleAndNothingElse) {
  Image onto{30, 20, std::vector<std::uint8_t>(std::size_t{3} * 30 * 20, 7)};
  paste(quarters(8, 6), 22, 14, onto);  // up to the lower right corner
  EXPECT_EQ(crop(onto, {22.0F / 30.0F, 14.0F / 20.0F, 8.0F / 30.0F, 6.0F / 20.0F}).rgb, quarters(8, 6).rgb);
  for (const auto& [x, y] : {std::pair{21, 14}, {22, 13}, {0, 19}, {29, 13}}) {
    expect_near(pixel(onto, x, y), {7, 7, 7}, 0, "around");
  }
}

}  // namespace
}  // namespace rap
