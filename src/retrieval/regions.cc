// SPDX-License-Identifier: Apache-2.0
#include "retrieval/regions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/parallel.h"
#include "retrieval/pooling.h"

namespace rap {
namespace {

/// Sides of square windows, as parts of the photo's shorter side.
constexpr std::array<double, 5> kSquares{1.0, 0.75, 0.5, 0.375, 0.25};
constexpr double kSmallSquare = 0.5;  ///< the largest of the small ones
constexpr double kStride = 0.375;     ///< from one window to the next, as a part of its side

/// Windows of one size, as parts of a side, at `rows` x `columns` positions.
struct Scale {
  double height;
  double width;
  int rows;
  int columns;
};
constexpr std::array<Scale, 2> kHalves{{{0.5, 1.0, 3, 1}, {1.0, 0.5, 1, 3}}};
constexpr char kVersion[] = "regions-2";  // of the pooling; a change makes kept embeddings stale

/// Position i of `steps` that spread a window evenly from the first to the last place it fits.
int spread(int room, int i, int steps) { return steps == 1 ? 0 : (2 * i * room + steps - 1) / (2 * (steps - 1)); }

int cells_of(int side, double part) { return std::max(1, static_cast<int>(std::lround(side * part))); }

/// At how many positions a window of this part of a side is needed to cover it.
int positions(double part) {
  constexpr double kHair = 1e-6;
  return 1 + static_cast<int>(std::ceil(std::max(0.0, 1.0 - part) / (part * kStride) - kHair));
}

/// First and last cell that a stretch of a side, given in parts of it, touches by more than a hair.
struct Stretch {
  int first, count;
};
Stretch touched(float start, float length, int side) {
  constexpr float kHair = 1e-3F;
  const auto cells = static_cast<float>(side);
  const int first = std::clamp(static_cast<int>(std::floor(start * cells + kHair)), 0, side - 1);
  const int end = std::clamp(static_cast<int>(std::ceil((start + length) * cells - kHair)), first + 1, side);
  return {first, end - first};
}

Window window_of(const Box& box, const FeatureMap& map) {
  const Stretch rows = touched(box.y, box.height, map.height);
  const Stretch columns = touched(box.x, box.width, map.width);
  return {rows.first, columns.first, rows.count, columns.count};
}

Box box_of(const Window& window, const FeatureMap& map) {
  const auto height = static_cast<float>(map.height);
  const auto width = static_cast<float>(map.width);
  return {static_cast<float>(window.x) / width, static_cast<float>(window.y) / height,
          static_cast<float>(window.width) / width, static_cast<float>(window.height) / height};
}

/// Rows of numbers, one a region.
struct Rows {
  AlignedFloats values;
  std::size_t columns = 0;

  [[nodiscard]] std::span<float> row(std::size_t index) { return {values.data() + index * columns, columns}; }
};

void normalise(std::span<float> values) {
  const MatrixView row{values.data(), 1, values.size()};
  float squares = 0.0F;
  dot_products(row, row, {&squares, 1});
  if (squares == 0.0F) return;  // a map of zeros resembles nothing
  const float inverse = 1.0F / std::sqrt(squares);
  for (float& value : values) value *= inverse;
}

void normalise_rows(Rows& rows) {
  for (std::size_t i = 0; i * rows.columns < rows.values.size(); ++i) normalise(rows.row(i));
}

/// The linear layer of a part, on every row.
Rows transformed(const Rows& rows, const EmbeddingPart& part) {
  const std::size_t count = rows.values.size() / rows.columns;
  Rows result{{}, part.weight.size() / rows.columns};
  result.values.resize(count * result.columns);
  dot_products({rows.values.data(), count, rows.columns}, {part.weight.data(), result.columns, rows.columns},
               result.values);
  for (std::size_t i = 0; !part.bias.empty() && i < count; ++i) {
    const std::span<float> row = result.row(i);
    std::transform(row.begin(), row.end(), part.bias.begin(), row.begin(), std::plus<>());
  }
  return result;
}

Rows embed(const Features& features, const EmbeddingPart& part, std::span<const Box> boxes) {
  Rows pooled;
  for (const std::size_t map : part.maps) pooled.columns += static_cast<std::size_t>(features.maps[map].channels);
  pooled.values.resize(boxes.size() * pooled.columns);
  std::size_t first = 0;
  std::vector<Window> windows(boxes.size());
  for (const std::size_t index : part.maps) {
    const FeatureMap& map = features.maps[index];
    std::ranges::transform(boxes, windows.begin(), [&](const Box& box) { return window_of(box, map); });
    pool_windows(map, windows, part.power, pooled.columns, pooled.values.data() + first);
    first += static_cast<std::size_t>(map.channels);
  }
  normalise_rows(pooled);
  if (part.weight.empty()) return pooled;
  Rows result = transformed(pooled, part);
  normalise_rows(result);
  return result;
}

/// Writes the embeddings of some boxes to [boxes, dimensions] of `values`.
void embed_boxes(const Features& features, const EmbeddingHead& head, std::span<const Box> boxes, float* values) {
  std::size_t first = 0;
  for (const EmbeddingPart& part : head.parts) {
    Rows rows = embed(features, part, boxes);
    const float length = std::sqrt(part.share);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const std::span<float> row = rows.row(i);
      std::transform(row.begin(), row.end(), values + i * head.dimensions + first,
                     [length](float value) { return value * length; });
    }
    first += rows.columns;
  }
}

void add_windows(const FeatureMap& scene, const Scale& scale, std::vector<Box>& boxes) {
  const int height = cells_of(scene.height, scale.height);
  const int width = cells_of(scene.width, scale.width);
  const int below = scene.height - height;
  const int beside = scene.width - width;
  // Where a map has fewer cells than there are positions, none is taken twice.
  const int rows = std::min(scale.rows, below + 1);
  const int columns = std::min(scale.columns, beside + 1);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      boxes.push_back(box_of({spread(below, row, rows), spread(beside, column, columns), height, width}, scene));
    }
  }
}

}  // namespace

std::vector<Box> window_boxes(const Features& features, Windows windows) {
  const FeatureMap& scene = features.scene();
  const bool large = windows != Windows::kSmall;
  std::vector<Box> boxes;
  if (large) boxes.emplace_back();
  if (windows == Windows::kNone) return boxes;
  const bool small = windows != Windows::kLarge;
  for (const Scale& scale : kHalves) {
    if (large) add_windows(scene, scale, boxes);
  }
  for (const double part : kSquares) {
    if (part <= kSmallSquare ? !small : !large) continue;
    const double height = part * std::min(1.0, features.aspect);
    const double width = part * std::min(1.0, 1.0 / features.aspect);
    if (height == 1.0 && width == 1.0) continue;  // the whole photo
    add_windows(scene, {height, width, positions(height), positions(width)}, boxes);
  }
  return boxes;
}

Regions embed_windows(const Features& features, const EmbeddingHead& head, std::vector<Box> windows, int threads) {
  Regions regions{.boxes = std::move(windows), .values = {}, .dimensions = head.dimensions};
  regions.values.resize(regions.boxes.size() * head.dimensions);
  in_parallel(regions.boxes.size(), threads, [&](std::size_t first, std::size_t last) {
    embed_boxes(features, head, std::span(regions.boxes).subspan(first, last - first),
                regions.values.data() + first * head.dimensions);
  });
  return regions;
}

void append(Regions& regions, const Regions& more) {
  regions.boxes.insert(regions.boxes.end(), more.boxes.begin(), more.boxes.end());
  regions.values.insert(regions.values.end(), more.values.begin(), more.values.end());
}

Regions embed_regions(const Features& features, const EmbeddingHead& head, const RegionPlan& plan, int threads) {
  const auto embed = [&](const Features& look, std::vector<Box> boxes) {
    for (const Box& box : plan.boxes) boxes.push_back(box_of(window_of(box, look.scene()), look.scene()));
    return embed_windows(look, head, std::move(boxes), threads);
  };
  if (plan.fine == nullptr) return embed(features, window_boxes(features, plan.windows));
  const bool all = plan.windows == Windows::kAll;
  Regions regions = embed(features, window_boxes(features, all ? Windows::kLarge : plan.windows));
  append(regions, embed(*plan.fine, all ? window_boxes(*plan.fine, Windows::kSmall) : std::vector<Box>{}));
  return regions;
}

Regions embed_view(const Features& features, const EmbeddingHead& head) {
  return embed_windows(features, head, {Box{}});
}

EmbeddingSpace embedding_space(const Encoder& encoder) {
  const EmbeddingHead& head = encoder.head();
  return {encoder.fingerprint() + ":" + head.fingerprint + ":" + kVersion, head.dimensions};
}

}  // namespace rap
