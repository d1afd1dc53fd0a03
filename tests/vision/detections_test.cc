// SPDX-License-Identifier: Apache-2.0
#include "vision/detections.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace rap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Shape = std::vector<std::size_t>;

constexpr float kLeast = 0.1F;

/// An output that owns its numbers.
struct Output {
  Shape shape;
  std::vector<float> values;
};

Result<std::vector<Detection>> read(const std::vector<Output>& outputs, std::size_t class_count = 0,
                                    const std::vector<std::size_t>& counting = {}) {
  std::vector<DetectorOutput> views;
  for (const Output& output : outputs) views.push_back({output.shape, output.values});
  return read_detections(views, class_count, counting, kLeast);
}

void expect_box(const Box& box, const Box& expected) {
  EXPECT_FLOAT_EQ(box.x, expected.x);
  EXPECT_FLOAT_EQ(box.y, expected.y);
  EXPECT_FLOAT_EQ(box.width, expected.width);
  EXPECT_FLOAT_EQ(box.height, expected.height);
}

// Two boxes of two classes that count, and four that score too little, in each of the layouts.
const Box kFirst{10, 20, 30, 40};
const Box kSecond{0, 0, 8, 6};
const std::vector<std::vector<float>> kCentred{{25, 40, 30, 40, 0.05F, 0.0F, 0.9F}, {4, 3, 8, 6, 0.0F, 0.6F, 0.2F}};
const std::vector<std::vector<float>> kCorners{{10, 20, 40, 60, 0.05F, 0.0F, 0.9F}, {0, 0, 8, 6, 0.0F, 0.6F, 0.2F}};
constexpr std::size_t kBoxes = 9;

/// Rows as an output [1, kBoxes, columns], the columns [first, end) of them, the rest zero.
Output rows(const std::vector<std::vector<float>>& boxes, std::size_t first, std::size_t end) {
  Output output{{1, kBoxes, end - first}, std::vector<float>(kBoxes * (end - first))};
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    std::copy(boxes[i].begin() + static_cast<std::ptrdiff_t>(first),
              boxes[i].begin() + static_cast<std::ptrdiff_t>(end),
              output.values.begin() + static_cast<std::ptrdiff_t>(i * (end - first)));
  }
  return output;
}

Output transposed(const Output& output) {
  Output result{{1, output.shape[2], output.shape[1]}, std::vector<float>(output.values.size())};
  for (std::size_t row = 0; row < output.shape[1]; ++row) {
    for (std::size_t column = 0; column < output.shape[2]; ++column) {
      result.values[column * output.shape[1] + row] = output.values[row * output.shape[2] + column];
    }
  }
  return result;
}

TEST(ReadDetections, ReadsEveryLayout) {
  const Output centred = rows(kCentred, 0, 7);
  const Output boxes = rows(kCorners, 0, 4);
  const Output scores = rows(kCorners, 4, 7);
  const std::vector<std::vector<Output>> layouts{
      {transposed(centred)}, {centred}, {boxes, scores}, {scores, boxes}, {centred, {{1, 32, 16, 16}, {}}}};
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    for (const std::size_t class_count : {0U, 3U}) {
      SCOPED_TRACE(::testing::Message() << "layout " << i << ", " << class_count << " classes known");
      const auto found = read(layouts[i], class_count);
      ASSERT_TRUE(found) << found.error().message;
      ASSERT_EQ(found->size(), 2U);
      expect_box(found->at(0).box, kFirst);
      EXPECT_EQ(found->at(0).score, 0.9F);
      EXPECT_EQ(found->at(0).class_index, 2U);
      expect_box(found->at(1).box, kSecond);
      EXPECT_EQ(found->at(1).score, 0.6F);
      EXPECT_EQ(found->at(1).class_index, 1U);
    }
  }
}

TEST(ReadDetections, ReadsEndToEndOutputs) {
  const auto found = read({{{1, 3, 6}, {10, 20, 40, 60, 0.9F, 79, 0, 0, 8, 6, 0.05F, 1, 0, 0, 0, 0, 0, 0}}});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1U);
  expect_box(found->front().box, kFirst);
  EXPECT_EQ(found->front().class_index, 79U);
  const auto none = read({{{1, 0, 6}, {}}});
  EXPECT_FALSE(none) << "an output without rows is no table; exports pad theirs";
}

TEST(ReadDetections, TwoClassesOfSixBoxesAreReadAsWhatTheListOfClassesSays) {
  Output columns = transposed(rows({{25, 40, 30, 40, 0.9F, 0.2F}}, 0, 6));
  columns.shape = {1, 6, kBoxes};
  const auto found = read({columns}, 2);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1U);
  expect_box(found->front().box, kFirst);
}

TEST(ReadDetections, OnlyClassesThatCountGiveBoxes) {
  const Output centred = rows(kCentred, 0, 7);
  const auto second = read({centred}, 3, {1});
  ASSERT_TRUE(second);
  ASSERT_EQ(second->size(), 1U);
  expect_box(second->front().box, kSecond);
  const auto both = read({centred}, 3, {0, 2});
  ASSERT_TRUE(both);
  ASSERT_EQ(both->size(), 2U);
  EXPECT_EQ(both->at(1).score, 0.2F) << "the score of a class that counts, not of the best one";
  const auto end_to_end = read({{{1, 2, 6}, {0, 0, 9, 9, 0.9F, 4, 0, 0, 8, 6, 0.5F, 1}}}, 0, {1});
  ASSERT_TRUE(end_to_end);
  ASSERT_EQ(end_to_end->size(), 1U);
  expect_box(end_to_end->front().box, kSecond);
}

TEST(ReadDetections, RefusesShapesThatAreNoBoxes) {
  const auto zeros = [](Shape shape) {
    std::size_t size = 1;
    for (const std::size_t side : shape) size *= side;
    return Output{std::move(shape), std::vector<float>(size)};
  };
  const std::vector<std::vector<Output>> wrong{
      {},
      {zeros({1})},
      {zeros({84, 84})},
      {zeros({2, 84, 100})},
      {zeros({1, 4, 100})},
      {zeros({1, 3, 3})},
      {zeros({1, 8, 20, 20})},
      {zeros({1, 0, 84})},
      {{{1, 84, 100}, {1.0F}}},
      {{{1, std::size_t{1} << 40, std::size_t{1} << 40}, {}}},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    const auto found = read(wrong[i]);
    ASSERT_FALSE(found) << i;
    EXPECT_EQ(found.error().code, ErrorCode::kUnsupported) << i;
    EXPECT_EQ(found.error().field, "detector");
  }
  const auto other_classes = read({zeros({1, 84, 100})}, 3);
  ASSERT_FALSE(other_classes);
  EXPECT_THAT(other_classes.error().message, HasSubstr("[1, 84, 100]"));
  EXPECT_THAT(other_classes.error().message, HasSubstr("3 classes"));
}

TEST(ReadDetections, RefusesNumbersThatAreNoScoresOrNoBoxes) {
  const float nan = std::nanf("");
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float score : {nan, infinity, -infinity, 7.5F, -2.0F}) {
    auto boxes = kCentred;
    boxes[1][4] = score;
    const auto found = read({rows(boxes, 0, 7)});
    ASSERT_FALSE(found) << score;
    EXPECT_EQ(found.error().code, ErrorCode::kCorrupt);
  }
  for (const float index : {nan, infinity, -1.0F}) {
    EXPECT_EQ(read({{{1, 1, 6}, {0, 0, 8, 6, 0.5F, index}}}).error().code, ErrorCode::kCorrupt) << index;
  }
  for (const float side : {nan, infinity}) {
    auto boxes = kCentred;
    boxes[1][2] = side;
    EXPECT_EQ(read({rows(boxes, 0, 7)}).error().code, ErrorCode::kCorrupt);
  }
}

TEST(Letterbox, ScalesToFitAndCentres) {
  const auto place = [](int width, int height) {
    const Letterbox box = letterbox(width, height, 640, 480);
    return std::vector{box.x, box.y, box.width, box.height};
  };
  EXPECT_THAT(place(1280, 960), ElementsAre(0, 0, 640, 480));
  EXPECT_THAT(place(320, 120), ElementsAre(0, 120, 640, 240));
  EXPECT_THAT(place(100, 200), ElementsAre(200, 0, 240, 480));
  EXPECT_THAT(place(100'000, 1), ElementsAre(0, 239, 640, 1));
}

TEST(BoxesInPhoto, AreInPartsOfThePhotoAndCutAtItsEdges) {
  const Letterbox place{.x = 0, .y = 120, .width = 640, .height = 240};
  const auto boxes = boxes_in_photo({{{320, 180, 160, 60}, 0.9F, 0},
                                     {{-64, 100, 128, 80}, 0.8F, 1},
                                     {{10, 10, 50, 50}, 0.7F, 2},  // above the photo, in the grey
                                     {{9, 200, -5, 20}, 0.6F, 3}},
                                    place, {});
  ASSERT_EQ(boxes.size(), 2U);
  expect_box(boxes[0].box, {0.5F, 0.25F, 0.25F, 0.25F});
  expect_box(boxes[1].box, {0.0F, 0.0F, 0.1F, 0.25F});
}

TEST(BoxesInPhoto, OfBoxesThatOverlapTheBestIsKept) {
  const Letterbox place{.x = 0, .y = 0, .width = 100, .height = 100};
  const std::vector<Detection> found{{{0, 0, 50, 50}, 0.5F, 0},
                                     {{0, 0, 50, 40}, 0.9F, 1},   // IoU 0.8 with the first, of another class
                                     {{0, 30, 50, 50}, 0.4F, 0},  // little in common with either
                                     {{60, 60, 10, 10}, 0.2F, 0}};
  const auto scores = [&](const DetectionRules& rules) {
    std::vector<float> kept;
    for (const Detection& detection : boxes_in_photo(found, place, rules)) kept.push_back(detection.score);
    return kept;
  };
  EXPECT_THAT(scores({}), ElementsAre(0.9F, 0.4F, 0.2F));
  EXPECT_THAT(scores({.max_overlap = 0.85}), ElementsAre(0.9F, 0.5F, 0.4F, 0.2F));
  EXPECT_THAT(scores({.most = 2}), ElementsAre(0.9F, 0.4F));
  EXPECT_THAT(scores({.most = 0}), IsEmpty());
}

}  // namespace
}  // namespace rap
