// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <tuple>

#include "core/files.h"
#include "tests/image/pictures.h"
#include "tests/support/data.h"

namespace rap {
namespace {

using testing::pixel;

Image grey_picture(int width, int height) {
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), 128)};
}

bool is_background(const Image& image, int x, int y) {
  const auto seen = pixel(image, x, y);
  return seen.red == 128 && seen.green == 128 && seen.blue == 128;
}

int count_drawn(const Image& image) {
  int drawn = 0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) drawn += is_background(image, x, y) ? 0 : 1;
  }
  return drawn;
}

Image annotated(const Image& image, const std::vector<Annotation>& annotations) {
  auto drawn = annotate(image, annotations);
  EXPECT_TRUE(drawn) << drawn.error().message;
  return drawn ? *drawn : Image{};
}

TEST(Annotate, DrawsAFrameOfThreePixels) {
  const Image drawn = annotated(grey_picture(400, 300), {{{0.25F, 0.25F, 0.5F, 0.5F}, "", true}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(is_background(drawn, 100 + i, 150)) << "left edge, pixel " << i;
    EXPECT_FALSE(is_background(drawn, 299 - i, 150)) << "right edge, pixel " << i;
    EXPECT_FALSE(is_background(drawn, 200, 75 + i)) << "top edge, pixel " << i;
    EXPECT_FALSE(is_background(drawn, 200, 224 - i)) << "bottom edge, pixel " << i;
  }
  EXPECT_TRUE(is_background(drawn, 99, 150));
  EXPECT_TRUE(is_background(drawn, 103, 150));
  EXPECT_TRUE(is_background(drawn, 200, 150));
}

TEST(Annotate, ScalesTheFrameWithThePicture) {
  const Image drawn = annotated(grey_picture(2048, 1536), {{{0.25F, 0.25F, 0.5F, 0.5F}, "", true}});
  EXPECT_FALSE(is_background(drawn, 512 + 7, 700));
  EXPECT_TRUE(is_background(drawn, 512 + 8, 700));
}

TEST(Annotate, LabelStandsAboveTheBox) {
  const Box box{0.25F, 0.25F, 0.5F, 0.5F};
  const Image drawn = annotated(grey_picture(400, 300), {{box, "Bo", true}});
  EXPECT_FALSE(is_background(drawn, 101, 72)) << "background of the label";
  std::set<std::tuple<int, int, int>> colours;
  for (int x = 100; x < 125; ++x) {
    const auto seen = pixel(drawn, x, 66);
    colours.insert({seen.red, seen.green, seen.blue});
  }
  EXPECT_GE(colours.size(), 2U) << "letters differ from their background";
}

TEST(Annotate, NearMissesAreDashedAndDimmed) {
  const Box box{0.25F, 0.25F, 0.5F, 0.5F};
  const Image solid = annotated(grey_picture(400, 300), {{box, "", true}});
  const Image dashed = annotated(grey_picture(400, 300), {{box, "", false}});
  const int all = count_drawn(solid);
  EXPECT_LT(count_drawn(dashed), all * 6 / 10);
  EXPECT_GT(count_drawn(dashed), all * 4 / 10);
  const auto strong = pixel(solid, 101, 76);
  const auto weak = pixel(dashed, 101, 76);
  EXPECT_LT(std::abs(weak.red - 128), std::abs(strong.red - 128));
}

TEST(Annotate, ColoursDiffer) {
  std::vector<Annotation> annotations;
  for (int i = 0; i < 6; ++i) annotations.push_back({{0.16F * static_cast<float>(i), 0.4F, 0.15F, 0.3F}, "", true});
  const Image drawn = annotated(grey_picture(600, 200), annotations);
  std::set<std::tuple<int, int, int>> colours;
  for (int i = 0; i < 6; ++i) {
    const auto seen = pixel(drawn, i * 96 + 1, 110);
    colours.insert({seen.red / 16, seen.green / 16, seen.blue / 16});
  }
  EXPECT_EQ(colours.size(), 6U);
}

TEST(Annotate, AnyTextIsALabel) {
  for (const char* label : {"<b>bold</b> & co", "</span>", "&amp;", "\"'<>", "旺财 和 ไก่", "Ünïcödé", "كلب", "새싹",
                            "a\nb\tc", "\xFF\xFE", "   ", "\x01", "%s%n"}) {
    const auto drawn =
        annotate(grey_picture(300, 200), std::vector<Annotation>{{{0.1F, 0.5F, 0.4F, 0.4F}, label, true}});
    ASSERT_TRUE(drawn) << label;
    EXPECT_EQ(drawn->rgb.size(), 300U * 200U * 3U);
  }
  const Box box{0.1F, 0.5F, 0.4F, 0.4F};
  EXPECT_GT(count_drawn(annotated(grey_picture(300, 200), {{box, "<b>&", true}})),
            count_drawn(annotated(grey_picture(300, 200), {{box, "", true}})))
      << "markup is drawn as text";
}

TEST(Annotate, LongLabelsAndTinyPicturesFit) {
  const std::string name(100, 'W');
  for (const auto& [width, height] : {std::pair{320, 200}, std::pair{40, 30}, std::pair{8, 8}, std::pair{1, 1}}) {
    const Image drawn = annotated(grey_picture(width, height), {{{0.0F, 0.0F, 1.0F, 1.0F}, name, true}});
    EXPECT_EQ(drawn.width, width);
    EXPECT_EQ(drawn.height, height);
  }
}

TEST(Annotate, RefusesAWrongBox) {
  const auto drawn = annotate(grey_picture(30, 20), std::vector<Annotation>{{{0.5F, 0.5F, 0.9F, 0.1F}, "x", true}});
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error().code, ErrorCode::kInvalidArgument);
}

TEST(Annotate, DoesNotChangeItsInput) {
  const Image image = grey_picture(50, 40);
  (void)annotate(image, std::vector<Annotation>{{{0.1F, 0.1F, 0.5F, 0.5F}, "x", true}});
  EXPECT_EQ(count_drawn(image), 0);
}

}  // namespace
}  // namespace rap
