// SPDX-License-Identifier: Apache-2.0
#include "retrieval/regions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/box_overlap.h"
#include "vision/embedding_head.h"

namespace rap {
namespace {

constexpr std::size_t kRegions = 1 + 3 + 3 + 4 + 16 + 36 + 81;  // of a square photo

FeatureMap random_map(int channels, int height, int width, std::mt19937& random) {
  std::uniform_real_distribution<float> uniform(0.0F, 6.0F);
  FeatureMap map{channels, height, width, {}};
  map.values.resize(static_cast<std::size_t>(channels * height * width));
  for (float& value : map.values) value = uniform(random);
  return map;
}

/// A box in whole cells of the map.
struct Cells {
  int x, y, width, height;
  friend bool operator==(const Cells&, const Cells&) = default;
  friend void PrintTo(const Cells& cells, std::ostream* out) {
    *out << cells.x << ',' << cells.y << ' ' << cells.width << 'x' << cells.height;
  }
};

Cells cells_of(const Box& box, const FeatureMap& map) {
  const auto cells = [](float fraction, int side) {
    return static_cast<int>(std::lround(fraction * static_cast<float>(side)));
  };
  return {cells(box.x, map.width), cells(box.y, map.height), cells(box.width, map.width),
          cells(box.height, map.height)};
}

/// All regions of one map, pooled as an encoder without a learnt head has them.
Regions embed_all(const FeatureMap& map) { return embed_regions({{map}}, plain_head(map.channels)); }

/// GeM with p = 8 over a window, and normalisation, as their papers write them, in double precision.
std::vector<double> naive_embedding(const FeatureMap& map, const Cells& window) {
  std::vector<double> embedding;
  for (int channel = 0; channel < map.channels; ++channel) {
    double sum = 0.0;
    for (int y = window.y; y < window.y + window.height; ++y) {
      for (int x = window.x; x < window.x + window.width; ++x) {
        const auto index = static_cast<std::size_t>((channel * map.height + y) * map.width + x);
        sum += std::pow(static_cast<double>(map.values[index]), 8.0);
      }
    }
    embedding.push_back(std::pow(sum / (window.height * window.width), 0.125));
  }
  double squares = 0.0;
  for (const double value : embedding) squares += value * value;
  for (double& value : embedding) value /= std::sqrt(squares);
  return embedding;
}

TEST(Regions, AreWindowsOfManyScales) {
  std::mt19937 random(1);
  const FeatureMap map = random_map(2, 12, 12, random);
  const Regions regions = embed_all(map);
  ASSERT_EQ(regions.boxes.size(), kRegions);
  EXPECT_EQ(cells_of(regions.boxes[0], map), (Cells{0, 0, 12, 12}));
  EXPECT_EQ(cells_of(regions.boxes[2], map), (Cells{0, 3, 12, 6}));  // across the middle
  EXPECT_EQ(cells_of(regions.boxes[5], map), (Cells{3, 0, 6, 12}));
  EXPECT_EQ(cells_of(regions.boxes[7], map), (Cells{0, 0, 9, 9}));
  EXPECT_EQ(cells_of(regions.boxes[10], map), (Cells{3, 3, 9, 9}));
  EXPECT_EQ(cells_of(regions.boxes[11], map), (Cells{0, 0, 6, 6}));
  EXPECT_EQ(cells_of(regions.boxes[26], map), (Cells{6, 6, 6, 6}));
  EXPECT_EQ(cells_of(regions.boxes[143], map), (Cells{9, 9, 3, 3}));
}

TEST(Regions, AreSquaresOfThePhotoWhateverShapeItHasInTheMap) {
  std::mt19937 random(5);
  for (const double aspect : {4.0 / 3, 1.0, 3.0 / 4, 2.0}) {
    SCOPED_TRACE(aspect);
    const Features features{.maps = {random_map(1, 24, 24, random)}, .aspect = aspect};
    const std::vector<Box> boxes = window_boxes(features);
    for (std::size_t i = 7; i < boxes.size(); ++i) {
      EXPECT_NEAR(boxes[i].width * aspect, boxes[i].height, 0.05) << "window " << i;  // to the next cell
    }
    EXPECT_LT(boxes.size(), 350U);
  }
}

TEST(Regions, OfOneScaleAreNotTakenTwiceWhereCellsAreFew) {
  const Features features{.maps = {FeatureMap{1, 10, 19, std::vector<float>(190, 1.0F)}}, .aspect = 16.0 / 9};
  const std::vector<Box> boxes = window_boxes(features);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    for (std::size_t j = i + 1; j < boxes.size(); ++j) EXPECT_FALSE(boxes[i] == boxes[j]) << i << " and " << j;
  }
}

TEST(Regions, LieInsideMapsOfAnyShapeAndReachTheirEdges) {
  std::mt19937 random(2);
  for (const auto& [height, width] : {std::pair{12, 12}, {8, 17}, {17, 8}, {1, 1}, {1, 24}, {2, 3}}) {
    SCOPED_TRACE(std::to_string(height) + " x " + std::to_string(width));
    const FeatureMap map = random_map(3, height, width, random);
    const Regions regions = embed_all(map);
    EXPECT_LE(regions.boxes.size(), kRegions);
    Cells farthest{0, 0, 0, 0};
    for (const Box& box : regions.boxes) {
      const Cells cells = cells_of(box, map);
      EXPECT_GE(cells.x, 0);
      EXPECT_GE(cells.y, 0);
      EXPECT_GE(cells.width, 1);
      EXPECT_GE(cells.height, 1);
      EXPECT_LE(cells.x + cells.width, width);
      EXPECT_LE(cells.y + cells.height, height);
      // Windows of one size come one after the other; the last of them ends in the far corner.
      if (cells.width != farthest.width || cells.height != farthest.height) {
        EXPECT_EQ(farthest.x + farthest.width, farthest.width == 0 ? 0 : width);
        EXPECT_EQ(farthest.y + farthest.height, farthest.height == 0 ? 0 : height);
      }
      farthest = cells;
    }
    EXPECT_EQ(farthest.x + farthest.width, width);
    EXPECT_EQ(farthest.y + farthest.height, height);
  }
}

TEST(Regions, EmbeddingsEqualGemInDoublePrecisionAndHaveLengthOne) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const auto& [height, width] : {std::pair{12, 12}, {8, 17}, {1, 1}}) {
    const FeatureMap map = random_map(40, height, width, random);
    const Regions regions = embed_all(map);
    ASSERT_EQ(regions.dimensions, 40U);
    ASSERT_EQ(regions.values.size(), regions.boxes.size() * 40);
    for (std::size_t r = 0; r < regions.boxes.size(); ++r) {
      const auto expected = naive_embedding(map, cells_of(regions.boxes[r], map));
      double squares = 0.0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const double value = regions.embeddings().row(r)[i];
        squares += value * value;
        ASSERT_NEAR(value, expected[i], 1e-5) << "region " << r << ", channel " << i;
      }
      EXPECT_NEAR(squares, 1.0, 1e-5);
    }
  }
}

TEST(Regions, AreTheSameHoweverManyThreadsWork) {
  std::mt19937 random(6);
  const FeatureMap map = random_map(40, 14, 14, random);
  const Regions alone = embed_regions({{map}}, plain_head(map.channels));
  for (const int threads : {2, 3, 1000}) {
    EXPECT_EQ(embed_regions({{map}}, plain_head(map.channels), {}, threads).values, alone.values);
  }
}

TEST(Regions, WindowsAreLargeOrSmall) {
  std::mt19937 random(8);
  const Features features{{random_map(2, 14, 14, random)}};
  const auto all = window_boxes(features);
  const auto large = window_boxes(features, Windows::kLarge);
  const auto small = window_boxes(features, Windows::kSmall);
  EXPECT_EQ(window_boxes(features, Windows::kNone), std::vector<Box>{Box{}});
  EXPECT_EQ(large.front(), Box{}) << "the whole photo";
  std::vector<Box> both = large;
  both.insert(both.end(), small.begin(), small.end());
  EXPECT_EQ(both, all);
  for (const Box& box : small) {
    EXPECT_LE(box.width, 0.5F);
    EXPECT_LE(box.height, 0.5F);
  }
}

TEST(Regions, OfALargePhotoAreSmallOnesOfItsFineLookAndLargeOnesOfTheFirst) {
  std::mt19937 random(9);
  const Features first{{random_map(2, 14, 14, random)}};
  const Features fine{{random_map(2, 37, 37, random)}};
  const EmbeddingHead head = plain_head(2);
  const std::vector<Box> boxes{{0.1F, 0.1F, 0.2F, 0.2F}};
  const Regions found = embed_regions(first, head, {.boxes = boxes, .fine = &fine});

  Regions expected = embed_regions(first, head, {.windows = Windows::kLarge, .boxes = boxes});
  append(expected, embed_windows(fine, head, window_boxes(fine, Windows::kSmall)));
  EXPECT_EQ(found.boxes.size(), expected.boxes.size() + 1);
  EXPECT_TRUE(std::equal(expected.values.begin(), expected.values.end(), found.values.begin()));
  EXPECT_GT(box_overlap(found.boxes.back(), boxes.front()), 0.5) << "the box, again, seen finely";

  const Regions only_boxes = embed_regions(first, head, {.windows = Windows::kNone, .boxes = boxes, .fine = &fine});
  EXPECT_EQ(only_boxes.boxes.size(), 3U) << "the whole photo, and the box in both looks";
}

TEST(Regions, OfAViewAreTheFirstOfThoseOfAPhoto) {
  std::mt19937 random(3);
  const FeatureMap map = random_map(16, 12, 12, random);
  const Regions view = embed_view({{map}}, plain_head(map.channels));
  const Regions photo = embed_all(map);
  ASSERT_FALSE(view.boxes.empty());
  ASSERT_LE(view.boxes.size(), photo.boxes.size());
  EXPECT_TRUE(std::equal(view.boxes.begin(), view.boxes.end(), photo.boxes.begin()));
  EXPECT_TRUE(std::equal(view.values.begin(), view.values.end(), photo.values.begin()));
}

TEST(Regions, OfAMapOfZerosAreZerosNotNaN) {
  const FeatureMap map{4, 2, 2, std::vector<float>(16, 0.0F)};
  for (const float value : embed_all(map).values) EXPECT_EQ(value, 0.0F);
}

TEST(Regions, OfAPlanAreItsBoxesInWholeCells) {
  std::mt19937 random(4);
  const FeatureMap map = random_map(2, 10, 10, random);
  const std::vector<Box> boxes{{0.11F, 0.2F, 0.38F, 0.3F}, {0.95F, 0.95F, 0.05F, 0.05F}};
  const Regions both = embed_regions({{map}}, plain_head(2), {.windows = Windows::kAll, .boxes = boxes});
  EXPECT_EQ(both.boxes.size(), window_boxes({{map}}).size() + 2);
  const Regions only = embed_regions({{map}}, plain_head(2), {.windows = Windows::kNone, .boxes = boxes});
  ASSERT_EQ(only.boxes.size(), 3U) << "the whole photo is always looked at";
  EXPECT_EQ(cells_of(only.boxes[0], map), (Cells{0, 0, 10, 10}));
  EXPECT_EQ(cells_of(only.boxes[1], map), (Cells{1, 2, 4, 3}));
  EXPECT_EQ(cells_of(only.boxes[2], map), (Cells{9, 9, 1, 1}));
}

/// A vector times a matrix, row-major, plus a bias, of length 1.
std::vector<double> layer(const std::vector<double>& from, const EmbeddingPart& part) {
  std::vector<double> to(part.bias.begin(), part.bias.end());
  double squares = 0.0;
  for (std::size_t row = 0; row < to.size(); ++row) {
    for (std::size_t i = 0; i < from.size(); ++i) to[row] += from[i] * part.weight[row * from.size() + i];
    squares += to[row] * to[row];
  }
  for (double& value : to) value /= std::sqrt(squares);
  return to;
}

TEST(Regions, GoThroughTheLinearLayersOfAHead) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  const auto numbers = [&](std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = normal(random);
    return values;
  };
  const Features features{{random_map(3, 7, 7, random), random_map(5, 14, 14, random)}};
  const EmbeddingHead head{
      .fingerprint = "test",
      .parts = {{.maps = {0}, .power = 8, .weight = numbers(6), .bias = numbers(2), .share = 0.75F},
                {.maps = {1}, .power = 8, .weight = numbers(20), .bias = numbers(4), .share = 0.25F}},
      .dimensions = 6};
  const Regions regions = embed_regions(features, head);
  for (std::size_t r = 0; r < regions.boxes.size(); ++r) {
    const float* row = regions.embeddings().row(r);
    std::size_t at = 0;
    for (const EmbeddingPart& part : head.parts) {
      const FeatureMap& map = features.maps[part.maps.front()];
      for (const double value : layer(naive_embedding(map, cells_of(regions.boxes[r], map)), part)) {
        ASSERT_NEAR(row[at++], value * std::sqrt(part.share), 1e-4) << "region " << r;
      }
    }
  }
}

TEST(Regions, JoinMapsOfOnePartBeforeTheyAreNormalised) {
  const Features features{{FeatureMap{1, 1, 1, {3.0F}}, FeatureMap{1, 2, 2, {4.0F, 4.0F, 4.0F, 4.0F}}}};
  const EmbeddingHead head{.fingerprint = "test",
                           .parts = {{.maps = {0, 1}, .power = 1, .weight = {}, .bias = {}, .share = 1.0F}},
                           .dimensions = 2};
  const Regions view = embed_view(features, head);
  EXPECT_NEAR(view.values[0], 0.6F, 1e-6);
  EXPECT_NEAR(view.values[1], 0.8F, 1e-6);
}

TEST(Regions, AreMeansOfSignedMapsWithPowerOne) {
  const FeatureMap map{2, 1, 2, {-1.0F, -3.0F, 1.0F, 3.0F}};
  const Regions view = embed_view({{map}}, plain_head(2, 1));
  EXPECT_NEAR(view.values[0], -std::sqrt(0.5F), 1e-6);
  EXPECT_NEAR(view.values[1], std::sqrt(0.5F), 1e-6);
}

}  // namespace
}  // namespace rap
