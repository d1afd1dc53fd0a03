// SPDX-License-Identifier: Apache-2.0
#include "evaluation/draw.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "evaluation/calibration_task.h"
#include "evaluation/retrieval_task.h"
#include "evaluation/side_by_side.h"
#include "tests/support/data.h"

namespace rap::evaluation {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

/// Subjects whose photos look exactly like themselves and like nothing else.
PhotoSet ideal_set(std::size_t subjects, std::size_t photos_each) {
  PhotoSet set{.name = "ideal", .subjects = {}, .photos = {}, .dimensions = subjects};
  for (std::size_t subject = 0; subject < subjects; ++subject) {
    set.subjects.push_back("subject " + std::to_string(subject));
    AlignedFloats look(subjects, 0.0F);
    look[subject] = 1.0F;
    for (std::size_t i = 0; i < photos_each; ++i) {
      set.photos.push_back({.path = {},
                            .subject = subject,
                            .regions = {.boxes = {Box{}}, .values = look, .dimensions = subjects},
                            .view = look});
    }
  }
  return set;
}

TEST(MakeDraw, RemembersDistinctPhotosAndAsksTheOthers) {
  const PhotoSet set = ideal_set(6, 4);
  Random random(7);
  const Draw draw = make_draw(set, all_subjects(set), {.known = 3, .views = 2}, random);
  EXPECT_THAT(draw.known, SizeIs(3));
  EXPECT_EQ(std::set(draw.known.begin(), draw.known.end()).size(), 3U);
  std::set<std::size_t> used(draw.asked.begin(), draw.asked.end());
  EXPECT_EQ(used.size(), 6U * 2U);  // of unknown subjects, too, two photos are set aside
  for (std::size_t i = 0; i < draw.known.size(); ++i) {
    EXPECT_THAT(draw.remembered[i], SizeIs(2));
    for (const std::size_t photo : draw.remembered[i]) {
      EXPECT_EQ(set.photos[photo].subject, draw.known[i]);
      EXPECT_TRUE(used.insert(photo).second) << "remembered and asked, or remembered twice";
    }
  }
}

TEST(MakeDraw, AlwaysLeavesAPhotoToAskAndDependsOnTheSeedOnly) {
  const PhotoSet set = ideal_set(5, 3);
  Random random(3), same(3), other(4);
  const Draw draw = make_draw(set, all_subjects(set), {.known = 5, .views = 9}, random);
  EXPECT_THAT(draw.asked, SizeIs(5));
  EXPECT_EQ(draw.asked, make_draw(set, all_subjects(set), {.known = 5, .views = 9}, same).asked);
  EXPECT_NE(draw.asked, make_draw(set, all_subjects(set), {.known = 5, .views = 9}, other).asked);
}

TEST(MakeDraw, UsesPhotosOnlyAsTheyMayBeUsed) {
  PhotoSet set = ideal_set(4, 5);
  for (std::size_t i = 0; i < set.photos.size(); ++i) {
    set.photos[i].can_be_remembered = i % 5 < 2;
    set.photos[i].can_be_asked = i % 5 >= 2;
  }
  Random random(5);
  const Draw draw = make_draw(set, all_subjects(set), {.known = 2, .views = 3}, random);
  EXPECT_THAT(draw.asked, SizeIs(4 * 3));
  for (const std::size_t photo : draw.asked) EXPECT_TRUE(set.photos[photo].can_be_asked);
  for (const auto& photos : draw.remembered) {
    EXPECT_THAT(photos, SizeIs(2));
    for (const std::size_t photo : photos) EXPECT_TRUE(set.photos[photo].can_be_remembered);
  }
}

TEST(MakeDraw, KeepsTheOnlyQuestionForAsking) {
  PhotoSet set = ideal_set(2, 2);
  set.photos[0].can_be_asked = false;  // so photo 1 is the only one that can be asked about subject 0
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Random random(seed);
    const Draw draw = make_draw(set, std::vector<std::size_t>{0}, {.known = 1, .views = 1}, random);
    EXPECT_THAT(draw.remembered, ElementsAre(ElementsAre(0)));
    EXPECT_THAT(draw.asked, ElementsAre(1));
  }
}

TEST(MakeGallery, HoldsTheKnownSubjectsInOrderThenTheDistractors) {
  const PhotoSet set = ideal_set(4, 2);
  Random random(1);
  const Draw draw = make_draw(set, all_subjects(set), {.known = 2, .views = 1}, random);
  PhotoSet others = ideal_set(4, 1);
  const Gallery gallery = make_gallery(set, draw, &others);
  ASSERT_THAT(gallery.concepts(), SizeIs(2 + 4));
  EXPECT_EQ(gallery.concepts()[0].name, set.subjects[draw.known[0]]);
  EXPECT_EQ(gallery.concepts()[1].name, set.subjects[draw.known[1]]);
  EXPECT_EQ(gallery.views().rows, 6U);
}

TEST(MeasureRetrieval, OfIdealSubjectsIsPerfect) {
  const PhotoSet set = ideal_set(8, 3);
  const auto report = measure_retrieval(set, all_subjects(set), {.draws = 3}, default_calibration());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->top1.mean, 1.0);
  EXPECT_EQ(report->top1_by_similarity.mean, 1.0);
}

TEST(MeasureOpenSet, OfIdealSubjectsIsPerfect) {
  const PhotoSet set = ideal_set(8, 3);
  const auto report = measure_open_set(set, all_subjects(set), {.draws = 3}, default_calibration());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->by_similarity.tpr_at_1.mean, 1.0);
  EXPECT_EQ(report->by_probability.tpr_at_5.mean, 1.0);
  EXPECT_THAT(report->draws, SizeIs(3));
  const AtThreshold rates = rates_at(report->draws, 0.5);
  EXPECT_EQ(rates.threshold, 0.5);
  EXPECT_EQ(rates.tpr.mean, 1.0);
  EXPECT_EQ(rates.fpr.mean, 0.0);
}

TEST(MeasureOpenSet, DistractorsThatLookLikeUnknownSubjectsAreFalsePositives) {
  const PhotoSet set = ideal_set(6, 3);
  const PhotoSet doubles = ideal_set(6, 1);
  const auto report =
      measure_open_set(set, all_subjects(set), {.draws = 2, .distractors = &doubles}, default_calibration());
  ASSERT_TRUE(report);
  EXPECT_EQ(rates_at(report->draws, 0.3).fpr.mean, 1.0);  // every unknown subject has a double in memory
}

TEST(MeasureOpenSet, CanBeInterrupted) {
  const PhotoSet set = ideal_set(4, 2);
  std::size_t draws = 0;
  const RetrievalOptions options{.draws = 9, .on_draw = [&] { return ++draws < 2; }};
  EXPECT_EQ(measure_open_set(set, all_subjects(set), options, default_calibration()).error().code,
            ErrorCode::kCancelled);
  EXPECT_EQ(draws, 2U);
}

TEST(CrossValidate, NeverReportsOnSubjectsItWasFittedOn) {
  const std::vector<PhotoSet> sets{ideal_set(8, 3)};
  const auto reports = cross_validate(sets, {.draws = 4}, {.draws = 2});
  ASSERT_TRUE(reports);
  ASSERT_THAT(*reports, SizeIs(2));
  EXPECT_EQ((*reports)[0].set, "ideal");
  EXPECT_EQ((*reports)[0].fold, 0U);
  EXPECT_EQ((*reports)[1].fold, 1U);
  EXPECT_GT((*reports)[0].calibration.similarity_weight, 0.0);
}

TEST(ListSubjects, NeedsTwoFoldersOfTwoPhotos) {
  const testing::TemporaryDir dir;
  const auto touch = [&](const char* file) {
    std::filesystem::create_directories((dir.path() / file).parent_path());
    std::ofstream(dir.path() / file) << "x";
  };
  EXPECT_EQ(list_subjects(dir.path() / "missing").error().code, ErrorCode::kNotFound);
  touch("b/1.jpg");
  touch("b/2.png");
  touch("b/notes.txt");
  touch("single/1.jpg");
  touch("stray.jpg");
  EXPECT_EQ(list_subjects(dir.path()).error().code, ErrorCode::kInvalidArgument);
  touch("a/1.jpg");
  touch("a/2.jpg");
  const auto listed = list_subjects(dir.path());
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_THAT(listed->subjects, ElementsAre("a", "b"));
  EXPECT_THAT(listed->photos, SizeIs(4));

  const std::vector<std::filesystem::path> folders{dir.path() / "a", dir.path() / "b"};
  const auto drawn = draw_distractors(folders, 3, 1);
  ASSERT_TRUE(drawn);
  EXPECT_THAT(drawn->subjects, ElementsAre("distractor 1", "distractor 2", "distractor 3"));
  for (const PhotoFile& photo : drawn->photos) EXPECT_FALSE(photo.can_be_asked);
  EXPECT_THAT(draw_distractors(folders, 9, 1)->photos, SizeIs(4)) << "as many as there are";
}

TEST(ListSubjects, CanBeToldWhichPhotosAreForWhat) {
  const testing::TemporaryDir dir;
  for (const char* file : {"a/train_1.jpg", "a/test_1.jpg", "a/val_1.jpg", "b/train_1.jpg", "b/test_1.jpg",
                           "b/test_2.jpg", "c/train_1.jpg", "c/train_2.jpg", "d/train_1.jpg", "d/test_1.jpg"}) {
    std::filesystem::create_directories((dir.path() / file).parent_path());
    std::ofstream(dir.path() / file) << "x";
  }
  const auto listed = list_subjects(dir.path(), {.subjects = {"a", "b", "c"}, .remember = "train_", .ask = "test_"});
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_THAT(listed->subjects, ElementsAre("a", "b")) << "nothing can be asked about c, d is not wanted";
  EXPECT_THAT(listed->photos, SizeIs(5)) << "val_ is for nothing";
  for (const PhotoFile& photo : listed->photos) {
    const std::string name = photo.path.filename().string();
    EXPECT_EQ(photo.can_be_remembered, name.starts_with("train_"));
    EXPECT_EQ(photo.can_be_asked, name.starts_with("test_"));
  }
  EXPECT_EQ(list_subjects(dir.path(), {.subjects = {"a"}}).error().code, ErrorCode::kInvalidArgument);
}

TEST(SideBySide, KeepsBothPictures) {
  const std::size_t bytes = 3U * kHalf * kHalf;
  const Image image = side_by_side({kHalf, kHalf, std::vector<std::uint8_t>(bytes, 10)},
                                   {kHalf, kHalf, std::vector<std::uint8_t>(bytes, 200)});
  EXPECT_EQ(image.width, 2 * kHalf);
  EXPECT_EQ(image.height, kHalf);
  ASSERT_EQ(image.rgb.size(), 2 * bytes);
  EXPECT_EQ(image.rgb[3 * kHalf - 1], 10);
  EXPECT_EQ(image.rgb[3 * kHalf], 200);
  EXPECT_EQ(image.rgb.back(), 200);
}

}  // namespace
}  // namespace rap::evaluation
