// SPDX-License-Identifier: Apache-2.0
#include "retrieval/regions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace rap {
namespace {

/// Windows of one size: `numerator / denominator` of each side, at `steps` x `steps` positions.
struct Scale {
  int numerator;
  int denominator;
  int steps;
};
constexpr std::array<Scale, 4> kScales{{{1, 1, 1}, {3, 4, 2}, {1, 2, 3}, {1, 3, 4}}};
constexpr std::size_t kViewScales = 1;  ///< of a stored view: more cost time and gain nothing (docs/evaluation.md)
constexpr char kVersion[] = "gem8-1";   // of the pooling; a change makes kept embeddings stale

/// A window in cells of the feature map.
struct Window {
  int y, x, height, width;
};

int scaled(int side, const Scale& scale) {
  // To the nearest cell, halves down, and at least one.
  const int doubled = 2 * side * scale.numerator;
  return std::max(1, (doubled + scale.denominator - 1) / (2 * scale.denominator));
}

/// Position i of `steps` that spread a window evenly from the first to the last place it fits.
int spread(int room, int i, int steps) { return steps == 1 ? 0 : (2 * i * room + steps - 1) / (2 * (steps - 1)); }

std::vector<Window> windows(int height, int width, std::span<const Scale> scales) {
  std::vector<Window> result;
  for (const Scale& scale : scales) {
    const int window_height = scaled(height, scale);
    const int window_width = scaled(width, scale);
    for (int row = 0; row < scale.steps; ++row) {
      for (int column = 0; column < scale.steps; ++column) {
        result.push_back({spread(height - window_height, row, scale.steps),
                          spread(width - window_width, column, scale.steps), window_height, window_width});
      }
    }
  }
  return result;
}

float eighth_power(float value) {
  const float squared = value * value;
  const float fourth = squared * squared;
  return fourth * fourth;
}

float eighth_root(float value) { return std::sqrt(std::sqrt(std::sqrt(value))); }

float mean_over(const std::vector<float>& cells, int map_width, const Window& window) {
  float sum = 0.0F;
  for (int y = window.y; y < window.y + window.height; ++y) {
    const float* row = cells.data() + static_cast<std::ptrdiff_t>(y) * map_width;
    for (int x = window.x; x < window.x + window.width; ++x) sum += row[x];
  }
  return sum / static_cast<float>(window.height * window.width);
}

void normalise(std::span<float> embedding) {
  double squares = 0.0;
  for (const float value : embedding) squares += static_cast<double>(value) * static_cast<double>(value);
  if (squares == 0.0) return;  // a map of zeros resembles nothing
  const auto inverse = static_cast<float>(1.0 / std::sqrt(squares));
  for (float& value : embedding) value *= inverse;
}

Box box_of(const Window& window, const FeatureMap& map) {
  const auto height = static_cast<float>(map.height);
  const auto width = static_cast<float>(map.width);
  return {static_cast<float>(window.x) / width, static_cast<float>(window.y) / height,
          static_cast<float>(window.width) / width, static_cast<float>(window.height) / height};
}

Regions embed(const FeatureMap& map, std::span<const Scale> scales) {
  const std::vector<Window> all = windows(map.height, map.width, scales);
  Regions regions;
  regions.dimensions = static_cast<std::size_t>(map.channels);
  regions.values.resize(all.size() * regions.dimensions);
  for (const Window& window : all) regions.boxes.push_back(box_of(window, map));

  const std::size_t cells = static_cast<std::size_t>(map.height) * static_cast<std::size_t>(map.width);
  std::vector<float> powers(cells);
  for (std::size_t channel = 0; channel < regions.dimensions; ++channel) {
    const float* values = map.values.data() + channel * cells;
    std::transform(values, values + cells, powers.begin(), eighth_power);
    for (std::size_t w = 0; w < all.size(); ++w) {
      regions.values[w * regions.dimensions + channel] = eighth_root(mean_over(powers, map.width, all[w]));
    }
  }
  for (std::size_t w = 0; w < all.size(); ++w) {
    normalise({regions.values.data() + w * regions.dimensions, regions.dimensions});
  }
  return regions;
}

}  // namespace

Regions embed_regions(const FeatureMap& map) { return embed(map, kScales); }

Regions embed_view(const FeatureMap& map) { return embed(map, std::span(kScales).first<kViewScales>()); }

EmbeddingSpace embedding_space(const Encoder& encoder) {
  return {encoder.fingerprint() + ":" + kVersion, static_cast<std::size_t>(encoder.channels())};
}

}  // namespace rap
