// SPDX-License-Identifier: Apache-2.0
#include "dataset/crop.h"

#include <gtest/gtest.h>

#include "dataset/describe.h"
#include "dataset/feature_cache.h"
#include "dataset/heat_map.h"
#include "dataset/linear_probes.h"
#include "tests/dataset/photos.h"
#include "tests/support/colour_encoder.h"
#include "tests/support/data.h"

namespace rap::dataset {
namespace {

namespace fs = std::filesystem;
using testing::ColourEncoder;
using testing::plain;

/// Photos of a red dog, a green ball, or nothing, somewhere on grey.
class CropTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Random random(kSeed);
    std::vector<PhotoRecord> photos;
    for (int i = 0; i < 60; ++i) {
      PhotoRecord photo{.id = "photo" + std::to_string(i), .source = "made", .original = std::to_string(i) + ".jpg"};
      photo.image = "images/" + photo.id + ".jpg";
      Image image = plain(120, 120, 40, 40, 40);
      const Box box{static_cast<float>(random.below(9)) / 12, static_cast<float>(random.below(9)) / 12, 0.25F, 0.25F};
      if (i % 3 == 0) paint(image, box, 0), photo.captions = {"A red dog is here .", "The dog is small ."};
      if (i % 3 == 1) paint(image, box, 1), photo.captions = {"A green ball is here .", "The ball is round ."};
      if (i % 3 == 2) photo.captions = {"The street is empty .", "A street ."};
      boxes_.push_back(box);
      testing::write_jpeg(set.path() / photo.image, image, 100);
      photos.push_back(photo);
    }
    ASSERT_TRUE(write_photos(set.path(), photos).has_value());
  }

  static void paint(Image& image, const Box& box, std::size_t band) {
    for (int y = static_cast<int>(box.y * 120); y < static_cast<int>((box.y + box.height) * 120); ++y) {
      for (int x = static_cast<int>(box.x * 120); x < static_cast<int>((box.x + box.width) * 120); ++x) {
        image.rgb[static_cast<std::size_t>(3 * (y * image.width + x)) + band] = 255;
      }
    }
  }

  CropReport found(const CropOptions& options = {}) {
    const auto done = find_crops(set.path(), encoder, options, {});
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return done ? *done : CropReport();
  }

  static constexpr std::uint64_t kSeed = 11;
  testing::TemporaryDir set;
  ColourEncoder encoder;
  std::vector<Box> boxes_;  ///< of the painted things, by photo
};

TEST_F(CropTest, FindsEachThingWhereItIs) {
  const CropReport report = found();
  EXPECT_EQ(report.photos, 60U);
  EXPECT_EQ(report.encoded, 60U);
  EXPECT_EQ(report.classes, 4U);  // dogs, balls, animals, toys
  EXPECT_EQ(report.crops, 40U);
  EXPECT_EQ(report.without, 20U);
  const auto crops = read_crops(set.path());
  ASSERT_TRUE(crops.has_value());
  for (const CropRecord& crop : *crops) {
    const auto index = static_cast<std::size_t>(std::stoi(crop.photo.substr(5)));
    EXPECT_EQ(crop.noun, index % 3 == 0 ? "dog" : "ball");
    const Box& truth = boxes_[index];
    const float x = truth.x + truth.width / 2;
    const float y = truth.y + truth.height / 2;
    EXPECT_TRUE(crop.box.x <= x && x <= crop.box.x + crop.box.width && crop.box.y <= y &&
                y <= crop.box.y + crop.box.height)
        << crop.photo << ", seed " << kSeed;
    EXPECT_LT(crop.box.width * crop.box.height, 0.6F) << crop.photo;
    EXPECT_GT(crop.score, 0.3F);
  }
  EXPECT_EQ(crops->front().phrase, "a red dog");
  EXPECT_EQ(crops->front().category, "animal");
  EXPECT_EQ(crops->front().attributes.at("colour"), "red");
}

TEST_F(CropTest, EncodesAPhotoOnceWhateverHappens) {
  std::size_t steps = 0;
  const auto stopped = find_crops(set.path(), encoder, {}, [&](auto, auto) { return ++steps <= 25; });
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(encoder.calls(), 25U);
  EXPECT_EQ(found().encoded, 35U);
  EXPECT_EQ(encoder.calls(), 60U);
  const auto first = read_crops(set.path());
  EXPECT_EQ(found().encoded, 0U);
  EXPECT_EQ(*read_crops(set.path()), *first);
  encoder.fingerprint_ = "other colours";
  EXPECT_EQ(found().encoded, 60U);
}

TEST_F(CropTest, GivenBoxesReplaceWhatIsFound) {
  testing::write_text(set.path() / "boxes.tsv", "0.jpg\t0.1\t0.2\t0.3\t0.4\tpuppy\n2.jpg\t0\t0\t1\t1\tstreet\n");
  const CropReport report = found({.boxes = set.path() / "boxes.tsv"});
  EXPECT_EQ(report.crops, 41U);
  const auto crops = read_crops(set.path());
  ASSERT_TRUE(crops.has_value());
  const CropRecord& given = crops->front();
  EXPECT_EQ(given.photo, "photo0");
  EXPECT_EQ(given.box, (Box{0.1F, 0.2F, 0.3F, 0.4F}));
  EXPECT_EQ(given.noun, "dog");  // the word that is used here for a puppy
  EXPECT_EQ(given.phrase, "a red dog");
  EXPECT_EQ(given.score, 1.0F);
  for (const char* wrong :
       {"0.jpg\t0.1\t0.2\t0.3\tdog\n", "0.jpg\t0.9\t0\t0.3\t1\tdog\n", "0.jpg\tx\t0\t1\t1\tdog\n"}) {
    testing::write_text(set.path() / "boxes.tsv", wrong);
    const auto failed = find_crops(set.path(), encoder, {.boxes = set.path() / "boxes.tsv"}, {});
    ASSERT_FALSE(failed.has_value()) << wrong;
    EXPECT_EQ(failed.error().code, ErrorCode::kCorrupt);
  }
}

TEST_F(CropTest, FoldersSayWhatTheirPhotosShow) {
  auto photos = read_photos(set.path());
  ASSERT_TRUE(photos.has_value());
  for (std::size_t i = 0; i < photos->size(); ++i) {
    PhotoRecord& photo = (*photos)[i];
    photo.captions.clear();
    photo.category = i % 3 == 0 ? "red leopards" : i % 3 == 1 ? "orange juice" : "";
    if (i % 3 == 1) photo.instance = "made/juice";
  }
  ASSERT_TRUE(write_photos(set.path(), *photos).has_value());
  EXPECT_EQ(found().crops, 40U);
  const auto crops = read_crops(set.path());
  EXPECT_EQ((*crops)[0].noun, "leopard");
  EXPECT_EQ((*crops)[0].phrase, "a red leopard");
  EXPECT_EQ((*crops)[1].noun, "juice");
  EXPECT_EQ((*crops)[1].phrase, "an orange juice");
  EXPECT_EQ((*crops)[1].category, "food");
  EXPECT_EQ((*crops)[1].instance, "made/juice");
}

TEST_F(CropTest, CaptionsDescribeCropsAgain) {
  found();
  const auto before = read_crops(set.path());
  auto crops = *before;
  for (CropRecord& crop : crops) crop.phrase = "forgotten", crop.attributes.clear();
  ASSERT_TRUE(write_crops(set.path(), crops).has_value());
  const auto report = describe_by_captions(set.path());
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->described, 40U);
  EXPECT_EQ(*read_crops(set.path()), *before);
}

TEST(LinearProbes, SeparateClassesAndAgreeWithTheNormalEquations) {
  // Ridge on one dimension: weight = sum((x - m) y) / (sum((x - m)^2) + ridge * that).
  ProbeExamples line{.dimensions = 1, .classes = 1, .values = {0, 1, 2, 3}, .labels = {{}, {}, {0}, {0}}};
  const auto probe = LinearProbes::train(line, 0.5);
  ASSERT_TRUE(probe.has_value());
  const float weight = 2.0F / 7.5F;
  for (const float x : {0.0F, 1.5F, 4.0F}) {
    EXPECT_NEAR(probe->score(0, std::vector<float>{x}), 0.5F + weight * (x - 1.5F), 1e-5F);
  }
}

TEST(LinearProbes, RefuseWhatDoesNotFit) {
  EXPECT_EQ(LinearProbes::train({.dimensions = 2, .classes = 1}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(LinearProbes::train({.dimensions = 2, .classes = 1, .values = {1}, .labels = {{0}}}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(LinearProbes::train({.dimensions = 1, .classes = 1, .values = {1}, .labels = {{1}}}).error().field,
            "labels");
}

TEST(HeatMap, TheHottestSpotIsABoxAroundWhatHangsTogether) {
  // Two channels of 3 x 4 cells; the second one counts against the thing.
  const FeatureMap map{2, 3, 4, {0, 2, 4, 0, 0, 1, 2, 0, 3, 0, 0, 0,  //
                                 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};
  const HeatMap heat = activation(map, std::vector<float>{1.0F, -1.0F});
  EXPECT_EQ(heat.values[0], 0.0F);
  EXPECT_EQ(heat.values[2], 4.0F);
  const Spot spot = hottest_spot(heat);
  EXPECT_EQ(spot.box, (Box{0.25F, 0, 0.5F, 2.0F / 3}));
  EXPECT_FLOAT_EQ(spot.share, 9.0F / 12);
}

TEST(HeatMap, WithoutHeatItIsTheWhole) {
  const FeatureMap map{1, 2, 2, {1, 2, 3, 4}};
  const Spot spot = hottest_spot(activation(map, std::vector<float>{-1.0F}));
  EXPECT_EQ(spot.box, Box{});
  EXPECT_EQ(spot.share, 0.0F);
}

TEST(FeatureCache, KeepsMapsAndCutsOffWhatAKilledRunLeft) {
  const testing::TemporaryDir folder;
  const fs::path file = folder.path() / "cache";
  Random random(3);
  const auto map = [&] {
    FeatureMap made{8, 3, 5, {}};
    for (int i = 0; i < 8 * 3 * 5; ++i) made.values.push_back(random.chance(0.3F) ? random.between(-2, 6) : 0.0F);
    return made;
  };
  const FeatureMap first = map();
  {
    auto cache = FeatureCache::open(file, "encoder");
    ASSERT_TRUE(cache.has_value());
    ASSERT_TRUE(cache->put("0123456789abcdef", first).has_value());
    ASSERT_TRUE(cache->put("b", map()).has_value());
  }
  fs::resize_file(file, fs::file_size(file) - 1);
  auto cache = FeatureCache::open(file, "encoder");
  ASSERT_TRUE(cache.has_value());
  EXPECT_FALSE(cache->contains("b"));
  ASSERT_TRUE(cache->put("c", FeatureMap{1, 1, 2, {0, 0}}).has_value());
  const auto kept = cache->get("0123456789abcdef");
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->height, 3);
  EXPECT_EQ(kept->width, 5);
  ASSERT_EQ(kept->values.size(), first.values.size());
  for (std::size_t i = 0; i < first.values.size(); ++i) EXPECT_NEAR(kept->values[i], first.values[i], 6.0F / 254);
  EXPECT_EQ(cache->get("c")->values, (std::vector<float>{0, 0}));
  EXPECT_EQ(cache->get("b").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(FeatureCache::open(file, "another encoder")->contains("c"));
}

}  // namespace
}  // namespace rap::dataset
