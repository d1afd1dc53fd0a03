// SPDX-License-Identifier: Apache-2.0
#include "retrieval/regions.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace rap {
namespace {

/// Sides of square windows, as parts of the photo's shorter side.
constexpr std::array<double, 5> kSquares{1.0, 0.75, 0.5, 0.375, 0.25};
constexpr double kStride = 0.375;  ///< from one window to the next, as a part of its side

/// Windows of one size, as parts of a side, at `rows` x `columns` positions.
struct Scale {
  double height;
  double width;
  int rows;
  int columns;
};
constexpr std::array<Scale, 2> kHalves{{{0.5, 1.0, 3, 1}, {1.0, 0.5, 1, 3}}};
constexpr char kVersion[] = "regions-2";  // of the pooling; a change makes kept embeddings stale

/// A region in cells of a map.
struct Window {
  int y, x, height, width;

  [[nodiscard]] int bottom() const { return y + height; }
  [[nodiscard]] int right() const { return x + width; }
};

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

/// x to the power 1, 2, 4 or 8.
float raised(float value, int power) {
  if (power == 1) return value;
  value = std::max(value, 0.0F);
  for (; power > 1; power /= 2) value *= value;
  return value;
}

float root(double value, int power) {
  auto result = static_cast<float>(value);
  if (power == 1) return result;
  result = std::max(result, 0.0F);
  for (; power > 1; power /= 2) result = std::sqrt(result);
  return result;
}

/// Sums over all rectangles from the top left corner, so that the sum over any window takes four reads. Doubles:
/// the difference of two sums of eighth powers must not drown a window of small values.
class IntegralMap {
 public:
  IntegralMap(int height, int width)
      : stride_(width + 1), sums_(static_cast<std::size_t>(height + 1) * static_cast<std::size_t>(width + 1), 0.0) {}

  void fill(const float* values, int height, int width, int power) {
    for (int y = 0; y < height; ++y) {
      double row = 0.0;
      for (int x = 0; x < width; ++x) {
        row += static_cast<double>(raised(values[y * width + x], power));
        at(y + 1, x + 1) = at(y, x + 1) + row;
      }
    }
  }

  [[nodiscard]] double mean(const Window& window) {
    const double sum = at(window.bottom(), window.right()) - at(window.y, window.right()) -
                       at(window.bottom(), window.x) + at(window.y, window.x);
    return sum / (window.height * window.width);
  }

 private:
  double& at(int y, int x) { return sums_[static_cast<std::size_t>(y) * stride_ + static_cast<std::size_t>(x)]; }

  std::size_t stride_;
  std::vector<double> sums_;
};

/// Rows of numbers, one a region.
struct Rows {
  std::vector<float> values;
  std::size_t columns = 0;

  [[nodiscard]] std::span<float> row(std::size_t index) { return {values.data() + index * columns, columns}; }
};

/// Pools one map over all boxes into the columns from `first` on.
void pool(const FeatureMap& map, std::span<const Box> boxes, int power, std::size_t first, Rows& pooled) {
  std::vector<Window> windows(boxes.size());
  std::transform(boxes.begin(), boxes.end(), windows.begin(), [&](const Box& box) { return window_of(box, map); });
  const std::size_t cells = static_cast<std::size_t>(map.height) * static_cast<std::size_t>(map.width);
  IntegralMap sums(map.height, map.width);
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(map.channels); ++channel) {
    sums.fill(map.values.data() + channel * cells, map.height, map.width, power);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      pooled.values[i * pooled.columns + first + channel] = root(sums.mean(windows[i]), power);
    }
  }
}

void normalise(std::span<float> values) {
  double squares = 0.0;
  for (const float value : values) squares += static_cast<double>(value) * static_cast<double>(value);
  if (squares == 0.0) return;  // a map of zeros resembles nothing
  const auto inverse = static_cast<float>(1.0 / std::sqrt(squares));
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
  for (const std::size_t map : part.maps) {
    pool(features.maps[map], boxes, part.power, first, pooled);
    first += static_cast<std::size_t>(features.maps[map].channels);
  }
  normalise_rows(pooled);
  if (part.weight.empty()) return pooled;
  Rows result = transformed(pooled, part);
  normalise_rows(result);
  return result;
}

Regions embed_boxes(const Features& features, const EmbeddingHead& head, std::vector<Box> boxes) {
  Regions regions{.boxes = std::move(boxes), .values = {}, .dimensions = head.dimensions};
  regions.values.resize(regions.boxes.size() * head.dimensions);
  std::size_t first = 0;
  for (const EmbeddingPart& part : head.parts) {
    Rows rows = embed(features, part, regions.boxes);
    const float length = std::sqrt(part.share);
    for (std::size_t i = 0; i < regions.boxes.size(); ++i) {
      const std::span<float> row = rows.row(i);
      std::transform(row.begin(), row.end(),
                     regions.values.begin() + static_cast<std::ptrdiff_t>(i * head.dimensions + first),
                     [length](float value) { return value * length; });
    }
    first += rows.columns;
  }
  return regions;
}

void add_windows(const FeatureMap& scene, const Scale& scale, std::vector<Box>& boxes) {
  const int height = cells_of(scene.height, scale.height);
  const int width = cells_of(scene.width, scale.width);
  for (int row = 0; row < scale.rows; ++row) {
    for (int column = 0; column < scale.columns; ++column) {
      boxes.push_back(box_of({spread(scene.height - height, row, scale.rows),
                              spread(scene.width - width, column, scale.columns), height, width},
                             scene));
    }
  }
}

}  // namespace

std::vector<Box> window_boxes(const Features& features) {
  const FeatureMap& scene = features.scene();
  std::vector<Box> boxes{Box{}};
  for (const Scale& scale : kHalves) add_windows(scene, scale, boxes);
  for (const double part : kSquares) {
    const double height = part * std::min(1.0, features.aspect);
    const double width = part * std::min(1.0, 1.0 / features.aspect);
    if (height == 1.0 && width == 1.0) continue;  // the whole photo
    add_windows(scene, {height, width, positions(height), positions(width)}, boxes);
  }
  return boxes;
}

Regions embed_regions(const Features& features, const EmbeddingHead& head, const RegionPlan& plan) {
  std::vector<Box> boxes = plan.windows ? window_boxes(features) : std::vector<Box>{Box{}};
  for (const Box& box : plan.boxes) boxes.push_back(box_of(window_of(box, features.scene()), features.scene()));
  return embed_boxes(features, head, std::move(boxes));
}

Regions embed_view(const Features& features, const EmbeddingHead& head) { return embed_boxes(features, head, {Box{}}); }

EmbeddingSpace embedding_space(const Encoder& encoder) {
  const EmbeddingHead& head = encoder.head();
  return {encoder.fingerprint() + ":" + head.fingerprint + ":" + kVersion, head.dimensions};
}

}  // namespace rap
