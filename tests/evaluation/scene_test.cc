// SPDX-License-Identifier: Apache-2.0
// Composed scenes, and the page of reliability diagrams.
#include "evaluation/scene.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <random>

#include "core/box_overlap.h"
#include "core/files.h"
#include "evaluation/reliability_page.h"
#include "evaluation/scene_task.h"
#include "image/photo.h"
#include "tests/support/colour_encoder.h"
#include "tests/support/data.h"

namespace rap::evaluation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

Image plain(int width, int height, std::uint8_t value) {
  return {width, height,
          std::vector<std::uint8_t>(std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
                                    value)};
}

TEST(ComposeScene, PutsEveryPictureInItsBoxInItsOwnShapeAndNoneOnAnother) {
  const auto first_seed = std::random_device{}();
  SCOPED_TRACE("first seed " + std::to_string(first_seed));
  const std::vector<Image> pictures{plain(100, 50, 10), plain(60, 120, 60), plain(300, 300, 190), plain(500, 90, 250)};
  for (std::uint64_t seed = first_seed; seed < first_seed + 20ULL; ++seed) {
    Random random(seed);
    const Scene scene = compose_scene(plain_background(), pictures, random);
    ASSERT_EQ(scene.image.width, kSceneWidth);
    ASSERT_EQ(scene.image.height, kSceneHeight);
    ASSERT_THAT(scene.boxes, SizeIs(pictures.size()));
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const Box& box = scene.boxes[i];
      ASSERT_TRUE(check_box(box));
      // Edges of neighbours can be the same, but for rounding.
      for (std::size_t j = 0; j < i; ++j) EXPECT_LT(box_overlap(box, scene.boxes[j]), 1e-5);
      const double aspect =
          static_cast<double>(box.width) * kSceneWidth / (static_cast<double>(box.height) * kSceneHeight);
      EXPECT_NEAR(aspect, static_cast<double>(pictures[i].width) / pictures[i].height, 0.05 * aspect);
      const auto pixels = crop(scene.image, box).rgb;
      EXPECT_TRUE(
          std::all_of(pixels.begin(), pixels.end(), [&](auto value) { return value == pictures[i].rgb.front(); }));
    }
  }
}

TEST(ComposeScene, DependsOnTheSeedAlone) {
  const std::vector<Image> pictures{plain(100, 50, 10), plain(60, 120, 60)};
  Random one(3), same(3), other(4);
  const Scene scene = compose_scene(plain(50, 90, 0), pictures, one);
  EXPECT_EQ(scene.image.rgb, compose_scene(plain(50, 90, 0), pictures, same).image.rgb);
  EXPECT_NE(scene.boxes, compose_scene(plain(50, 90, 0), pictures, other).boxes);
}

/// Three subjects of one colour each, two photos of each.
class MeasureScenes : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<std::array<std::uint8_t, 3>> colours{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}};
    for (std::size_t i = 0; i < colours.size(); ++i) {
      Image photo = plain(64, 48, 0);
      for (std::size_t at = 0; at < photo.rgb.size(); ++at) photo.rgb[at] = colours[i][at % 3];
      const auto png = encode_png(photo);
      ASSERT_TRUE(png);
      const auto folder = dir_.path() / "colours" / std::to_string(i);
      std::filesystem::create_directories(folder);
      ASSERT_TRUE(write_file(folder / "1.png", *png));
      ASSERT_TRUE(write_file(folder / "2.png", *png));
    }
    auto set = embed_photos(*list_subjects(dir_.path() / "colours"), encoder_, {});
    ASSERT_TRUE(set);
    set_ = *std::move(set);
  }

  testing::TemporaryDir dir_;
  testing::ColourEncoder encoder_;
  PhotoSet set_;
};

TEST_F(MeasureScenes, LooksOnceAtEachAndCountsTheNamesOfEach) {
  const std::uint64_t before = encoder_.calls();
  std::size_t shown = 0;
  const auto figures =
      measure_scenes(set_, {}, encoder_, {.subjects = {1, 3}, .scenes = 4}, [&](const AskedScene& asked) {
        EXPECT_THAT(asked.names, SizeIs(shown++ < 4 ? 1 : 3));
        EXPECT_EQ(asked.scene.boxes.size(), asked.names.size());
        EXPECT_EQ(asked.found.width, kSceneWidth);
        return Result<void>{};
      });
  ASSERT_TRUE(figures) << figures.error().message;
  EXPECT_EQ(encoder_.calls() - before, 8U) << "one look a scene";
  EXPECT_EQ(shown, 8U);
  ASSERT_THAT(*figures, SizeIs(2));
  EXPECT_EQ(figures->back().subjects, 3U);
  EXPECT_EQ(figures->back().scenes, 4U);
  EXPECT_EQ(figures->back().precision.mean, figures->back().recall.mean > 0.0 ? 1.0 : 0.0) << "all three are there";
  EXPECT_EQ(figures->back().wrong_names.mean, 0.0);
}

TEST_F(MeasureScenes, CannotShowMoreSubjectsThanThereAreAndCanBeInterrupted) {
  EXPECT_EQ(measure_scenes(set_, {}, encoder_, {.subjects = {4}}, {}).error().code, ErrorCode::kInvalidArgument);
  const auto interrupt = [](const AskedScene&) -> Result<void> { return fail(ErrorCode::kCancelled, "interrupted"); };
  EXPECT_EQ(measure_scenes(set_, {}, encoder_, {}, interrupt).error().code, ErrorCode::kCancelled);
}

TEST_F(MeasureScenes, NamesTheBackgroundThatIsNoPhoto) {
  const std::vector<std::filesystem::path> backgrounds{dir_.path() / "broken.jpg"};
  ASSERT_TRUE(write_file(backgrounds.front(), as_bytes("not a photo")));
  const auto figures = measure_scenes(set_, backgrounds, encoder_, {}, {});
  ASSERT_FALSE(figures);
  EXPECT_THAT(figures.error().message, HasSubstr("broken.jpg"));
}

TEST(ReliabilityPage, DrawsTheBinsAndMakesTitlesHarmless) {
  ReliabilityPlot plot{.title = "<b>set</b>", .reliability = {}};
  plot.reliability.bins[9] = {.count = 40, .probability = 0.95, .right = 0.9};
  plot.reliability.error = 0.05;
  const std::string page = reliability_page(std::vector{plot});
  EXPECT_THAT(page, HasSubstr("40 photos: probability 0.950, right 0.900"));
  EXPECT_THAT(page, HasSubstr("expected calibration error 0.050"));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;set"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace rap::evaluation
