// SPDX-License-Identifier: Apache-2.0
#include "dataset/collect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "dataset/near_duplicate.h"
#include "dataset/pattern.h"
#include "dataset/record_cache.h"
#include "tests/dataset/photos.h"
#include "tests/support/data.h"

namespace rap::dataset {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::patches;
using testing::write_jpeg;
using testing::write_text;

class CollectTest : public ::testing::Test {
 protected:
  [[nodiscard]] Source captioned() const {
    return {.name = "scenes",
            .kind = SourceKind::kCaptions,
            .folder = data.path() / "scenes",
            .captions = data.path() / "captions.tsv",
            .licence = "CC BY 4.0"};
  }
  [[nodiscard]] Source folders(SourceKind kind) const {
    return {.name = "things", .kind = kind, .folder = data.path() / "things"};
  }

  /// Collects and reads the set back, in the order of the file.
  std::vector<PhotoRecord> collected(const std::vector<Source>& sources, const CollectOptions& options = {}) {
    auto done = collect(out.path(), sources, options, {});
    EXPECT_TRUE(done.has_value()) << done.error().message;
    if (!done) return {};
    report = *done;
    auto photos = read_photos(out.path());
    EXPECT_TRUE(photos.has_value());
    return photos ? *photos : std::vector<PhotoRecord>();
  }

  [[nodiscard]] std::vector<nlohmann::json> skipped() const {
    const auto bytes = read_file(out.path() / "skipped.jsonl", 1'000'000);
    EXPECT_TRUE(bytes.has_value());
    std::istringstream text(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
    std::vector<nlohmann::json> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  testing::TemporaryDir data;
  testing::TemporaryDir out;
  CollectReport report;
};

TEST_F(CollectTest, CaptionedPhotosKeepCaptionsSizeLicenceAndBytes) {
  write_jpeg(data.path() / "scenes/b.jpg", patches(1, 96, 64));
  write_jpeg(data.path() / "scenes/a.JPG", patches(2));
  write_text(data.path() / "captions.tsv", "b.jpg\tA dog .\r\na.JPG\tA boy .\nb.jpg\tA brown dog .\n");
  const auto photos = collected({captioned()});
  ASSERT_EQ(photos.size(), 2U);
  EXPECT_EQ(photos[0].original, "a.JPG");
  EXPECT_EQ(photos[1].original, "b.jpg");
  EXPECT_THAT(photos[1].captions, ElementsAre("A dog .", "A brown dog ."));
  EXPECT_EQ(photos[1].width, 96);
  EXPECT_EQ(photos[1].height, 64);
  EXPECT_EQ(photos[1].licence, "CC BY 4.0");
  EXPECT_EQ(photos[1].image, "images/" + photos[1].id + ".jpg");
  EXPECT_EQ(photos[0].image, "images/" + photos[0].id + ".jpg");
  const auto original = read_file(data.path() / "scenes/b.jpg", 1'000'000);
  const auto copy = read_file(out.path() / photos[1].image, 1'000'000);
  ASSERT_TRUE(original.has_value() && copy.has_value());
  EXPECT_EQ(*original, *copy);
}

TEST_F(CollectTest, DamagedAndMissingPhotosAreListedAndNothingStops) {
  write_jpeg(data.path() / "scenes/whole.jpg", patches(1, 300, 200));
  auto bytes = read_file(data.path() / "scenes/whole.jpg", 1'000'000);
  ASSERT_TRUE(bytes.has_value());
  bytes->resize(bytes->size() / 2);
  ASSERT_TRUE(write_file(data.path() / "scenes/cut.jpg", *bytes).has_value());
  write_text(data.path() / "scenes/text.jpg", "not a photo");
  write_text(data.path() / "scenes/empty.jpg", "");
  write_text(data.path() / "captions.tsv",
             "cut.jpg\tA .\ntext.jpg\tB .\nempty.jpg\tC .\nmissing.jpg\tD .\nwhole.jpg\tE .\n../out.jpg\tF .\n");
  for (int run = 0; run < 2; ++run) {  // the second run takes all it can from the first
    const auto photos = collected({captioned()});
    ASSERT_EQ(photos.size(), 1U) << "run " << run;
    EXPECT_EQ(photos[0].original, "whole.jpg");
    EXPECT_EQ(report.damaged, 4U);
    const auto lines = skipped();
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_EQ(lines[0]["original"], "cut.jpg");
    for (const auto& line : lines) EXPECT_FALSE(line["reason"].get<std::string>().empty());
  }
}

TEST_F(CollectTest, TheSameFileTwiceIsOnePhotoWithAllCaptions) {
  write_jpeg(data.path() / "scenes/a.jpg", patches(1));
  fs::copy(data.path() / "scenes/a.jpg", data.path() / "scenes/b.jpg");
  fs::create_directories(data.path() / "things/water_lilly");
  fs::copy(data.path() / "scenes/a.jpg", data.path() / "things/water_lilly/1.jpg");
  write_text(data.path() / "captions.tsv", "a.jpg\tA dog .\nb.jpg\tA dog .\nb.jpg\tA hound .\n");
  const auto photos = collected({captioned(), folders(SourceKind::kCategories)});
  ASSERT_EQ(photos.size(), 1U);
  EXPECT_THAT(photos[0].captions, ElementsAre("A dog .", "A hound ."));
  EXPECT_EQ(photos[0].category, "water lilly");
  EXPECT_EQ(report.duplicates, 2U);
  EXPECT_EQ(skipped()[0]["photo"], photos[0].id);
}

TEST_F(CollectTest, HeldOutPhotosWinOverTheirDuplicatesInTraining) {
  write_jpeg(data.path() / "scenes/a.jpg", patches(1));
  fs::copy(data.path() / "scenes/a.jpg", data.path() / "scenes/b.jpg");
  write_jpeg(data.path() / "scenes/c.jpg", patches(2), 95);
  write_jpeg(data.path() / "scenes/d.jpg", patches(2), 60);
  write_text(data.path() / "captions.tsv", "a.jpg\tA .\nb.jpg\tB .\nc.jpg\tC .\nd.jpg\tD .\n");
  write_text(data.path() / "train.txt", "a.jpg\nc.jpg\n");
  write_text(data.path() / "dev.txt", "d.jpg\n");
  Source source = captioned();
  source.train_list = data.path() / "train.txt";
  source.dev_list = data.path() / "dev.txt";
  source.otherwise = Split::kTest;
  const auto photos = collected({source});
  ASSERT_EQ(photos.size(), 2U);
  EXPECT_EQ(photos[0].original, "b.jpg");
  EXPECT_EQ(photos[0].split, Split::kTest);
  EXPECT_EQ(photos[1].original, "d.jpg");
  EXPECT_EQ(photos[1].split, Split::kDev);
  EXPECT_EQ(report.look_alikes, 1U);
}

TEST_F(CollectTest, LookAlikesOfDifferentInstancesBothStay) {
  write_jpeg(data.path() / "things/mug1/a.jpg", patches(1), 95);
  write_jpeg(data.path() / "things/mug1/b.jpg", patches(1), 70);
  write_jpeg(data.path() / "things/mug2/a.jpg", patches(1), 60);
  const auto photos = collected({folders(SourceKind::kInstances)});
  ASSERT_EQ(photos.size(), 2U);
  EXPECT_EQ(photos[0].instance, "things/mug1");
  EXPECT_EQ(photos[1].instance, "things/mug2");
  EXPECT_EQ(photos[0].category, "mug");
  EXPECT_EQ(collected({folders(SourceKind::kInstances)}, {.near_distance = -1}).size(), 3U);
}

TEST_F(CollectTest, NamesOfFilesTellTheSplitAndPatternsChoose) {
  write_jpeg(data.path() / "things/milk/train_1.jpg", patches(1));
  write_jpeg(data.path() / "things/milk/val_1.jpg", patches(2));
  write_jpeg(data.path() / "things/milk/test_1.jpg", patches(3));
  write_jpeg(data.path() / "things/juice/test_1.jpg", patches(4));
  write_jpeg(data.path() / "things/clutter/train_1.jpg", patches(5));
  Source source = folders(SourceKind::kInstances);
  source.split_by_prefix = true;
  source.exclude = {"clutter/**"};
  source.categories = {{"milk", "milk carton"}};
  auto photos = collected({source});
  ASSERT_EQ(photos.size(), 4U);
  EXPECT_EQ(photos[0].category, "juice");
  EXPECT_EQ(photos[1].category, "milk carton");
  EXPECT_EQ(photos[1].split, Split::kTest);
  EXPECT_EQ(photos[2].split, Split::kTrain);
  EXPECT_EQ(photos[3].split, Split::kDev);
  source.include = {"milk/*"};
  EXPECT_EQ(collected({source}).size(), 3U);
}

TEST_F(CollectTest, PhotosThatConversationsNameAreTakenWithTheirLookAlikes) {
  write_jpeg(data.path() / "things/a.jpg", patches(1), 95);
  write_jpeg(data.path() / "things/crops/b.jpg", patches(1), 60);
  write_text(data.path() / "rap.json",
             R"([{"id":"1","image":["a.jpg","crops/b.jpg"]},{"id":"2","image":"a.jpg"},{"id":"3"}])");
  Source source = folders(SourceKind::kRap260k);
  source.json = data.path() / "rap.json";
  EXPECT_EQ(collected({source}).size(), 2U);
  write_text(data.path() / "rap.json", "{");
  const auto broken = collect(out.path(), {source}, {}, {});
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code, ErrorCode::kCorrupt);
}

TEST_F(CollectTest, ASecondRunDecodesOnlyWhatIsNewAndGivesTheSameSet) {
  write_jpeg(data.path() / "things/mug/a.jpg", patches(1));
  write_jpeg(data.path() / "things/mug/b.jpg", patches(2));
  const auto first = collected({folders(SourceKind::kInstances)});
  EXPECT_EQ(report.reused, 0U);
  write_jpeg(data.path() / "things/mug/c.jpg", patches(3));
  const auto second = collected({folders(SourceKind::kInstances)});
  EXPECT_EQ(report.reused, 2U);
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(second[0], first[0]);
  EXPECT_EQ(second[1], first[1]);
}

TEST_F(CollectTest, CanBeStoppedAndSaysWhatIsMissing) {
  write_jpeg(data.path() / "things/mug/a.jpg", patches(1));
  const auto stopped = collect(out.path(), {folders(SourceKind::kInstances)}, {}, [](auto, auto) { return false; });
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  Source nowhere = folders(SourceKind::kInstances);
  nowhere.folder = data.path() / "nowhere";
  EXPECT_EQ(collect(out.path(), {nowhere}, {}, {}).error().code, ErrorCode::kNotFound);
  Source without = folders(SourceKind::kCaptions);
  EXPECT_EQ(collect(out.path(), {without}, {}, {}).error().field, "captions");
  write_text(data.path() / "captions.tsv", "a line without a tab\n");
  without.captions = data.path() / "captions.tsv";
  EXPECT_EQ(collect(out.path(), {without}, {}, {}).error().code, ErrorCode::kCorrupt);
}

TEST(DifferenceHash, SurvivesSizeAndCompressionAndTellsPicturesApart) {
  const Image image = patches(7, 320, 200);
  const auto jpeg = encode_jpeg(image, 50);
  ASSERT_TRUE(jpeg.has_value());
  const auto decoded = decode_photo(*jpeg);
  ASSERT_TRUE(decoded.has_value());
  const std::uint64_t hash = difference_hash(image);
  EXPECT_LE(std::popcount(hash ^ difference_hash(*decoded)), 2);
  EXPECT_LE(std::popcount(hash ^ difference_hash(resize(image, 128, 90))), 2);
  EXPECT_GT(std::popcount(hash ^ difference_hash(patches(8, 320, 200))), 12);
}

TEST(LookAlikes, FindsWhatComparingWithAllWouldFind) {
  constexpr std::uint64_t kSeed = 20261123;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  const auto draw = [&] { return static_cast<std::uint64_t>(random.below(1U << 31U)) * 0x9E3779B97F4A7C15U; };
  for (const int distance : {0, 3, 7}) {
    LookAlikes index(distance);
    std::vector<std::uint64_t> hashes;
    for (std::size_t i = 0; i < 300; ++i) {
      // Half of them are a few bits away from an earlier one.
      std::uint64_t hash = draw();
      if (i > 0 && i % 2 == 0) {
        hash = hashes[random.below(hashes.size())];
        for (std::size_t flips = random.below(9); flips > 0; --flips) hash ^= std::uint64_t{1} << random.below(64);
      }
      std::optional<std::size_t> expected;
      for (std::size_t j = 0; j < hashes.size() && !expected; ++j) {
        if (std::popcount(hash ^ hashes[j]) <= distance && j % 5 != 0) expected = j;
      }
      EXPECT_EQ(index.find(hash, [](std::size_t photo) { return photo % 5 != 0; }), expected);
      index.add(hash, i);
      hashes.push_back(hash);
    }
  }
}

TEST(Pattern, StarsAndQuestionMarks) {
  EXPECT_TRUE(matches_pattern("dog/1.jpg", "dog/*.jpg"));
  EXPECT_TRUE(matches_pattern("dog/a/1.jpg", "dog/**"));
  EXPECT_TRUE(matches_pattern("a/b/c.jpg", "**.jpg"));
  EXPECT_TRUE(matches_pattern("dog2/1.jpg", "dog?/1.jpg"));
  EXPECT_TRUE(matches_pattern("", "**"));
  EXPECT_FALSE(matches_pattern("dog/a/1.jpg", "dog/*.jpg"));
  EXPECT_FALSE(matches_pattern("dog/1.png", "dog/*.jpg"));
  EXPECT_FALSE(matches_pattern("dog/1.jpg", "dog"));
  EXPECT_FALSE(matches_pattern("dog/1.jpg", "dog?1.jpg"));
  const std::string path(2000, 'a');
  EXPECT_FALSE(matches_pattern(path, "*a*a*a*a*a*a*a*a*a*a*a*b"));  // no exponential search
}

TEST(RecordCache, ForgetsOnlyTheLineThatAKilledRunLeft) {
  const testing::TemporaryDir folder;
  const fs::path file = folder.path() / "cache";
  {
    auto cache = RecordCache::open(file);
    ASSERT_TRUE(cache.has_value());
    ASSERT_TRUE(cache->put("a", "1\n2").has_value());
    ASSERT_TRUE(cache->put("b", "\"x\"").has_value());
  }
  fs::resize_file(file, fs::file_size(file) - 4);
  {
    auto cache = RecordCache::open(file);
    ASSERT_TRUE(cache.has_value());
    ASSERT_NE(cache->find("a"), nullptr);
    EXPECT_EQ(*cache->find("a"), "1\n2");
    EXPECT_EQ(cache->find("b"), nullptr);
    ASSERT_TRUE(cache->put("c", "3").has_value());
  }
  auto cache = RecordCache::open(file);
  ASSERT_TRUE(cache.has_value());
  EXPECT_NE(cache->find("a"), nullptr);
  ASSERT_NE(cache->find("c"), nullptr);
  EXPECT_EQ(*cache->find("c"), "3");
}

}  // namespace
}  // namespace rap::dataset
