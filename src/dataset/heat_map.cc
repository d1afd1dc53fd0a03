// SPDX-License-Identifier: Apache-2.0
#include "dataset/heat_map.h"

#include <algorithm>
#include <numeric>

namespace rap::dataset {
namespace {

/// Cells [left, right) x [top, bottom).
struct Cells {
  int left, top, right, bottom;
};

/// The cells that hang together with `start`, side by side, and are hot enough: what surrounds them.
Cells grow(const HeatMap& heat, int start, float least) {
  std::vector<char> seen(heat.values.size(), 0);
  std::vector<int> open{start};
  seen[static_cast<std::size_t>(start)] = 1;
  Cells cells{heat.width, heat.height, 0, 0};
  while (!open.empty()) {
    const int x = open.back() % heat.width;
    const int y = open.back() / heat.width;
    open.pop_back();
    cells = {std::min(cells.left, x), std::min(cells.top, y), std::max(cells.right, x + 1),
             std::max(cells.bottom, y + 1)};
    constexpr int kSteps[][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    for (const auto& [dx, dy] : kSteps) {
      if (x + dx < 0 || x + dx >= heat.width || y + dy < 0 || y + dy >= heat.height) continue;
      const int next = (y + dy) * heat.width + x + dx;
      const auto index = static_cast<std::size_t>(next);
      if (seen[index] != 0 || heat.values[index] < least) continue;
      seen[index] = 1;
      open.push_back(next);
    }
  }
  return cells;
}

float heat_in(const HeatMap& heat, const Cells& cells) {
  float sum = 0.0F;
  for (int y = cells.top; y < cells.bottom; ++y) {
    const auto row = heat.values.begin() + static_cast<std::ptrdiff_t>(y) * heat.width;
    sum = std::accumulate(row + cells.left, row + cells.right, sum);
  }
  return sum;
}

}  // namespace

HeatMap activation(const FeatureMap& map, std::span<const float> weights) {
  const std::size_t cells = static_cast<std::size_t>(map.height) * static_cast<std::size_t>(map.width);
  HeatMap heat{map.height, map.width, std::vector<float>(cells, 0.0F)};
  for (std::size_t channel = 0; channel < weights.size(); ++channel) {
    const float* values = map.values.data() + channel * cells;
    for (std::size_t cell = 0; cell < cells; ++cell) heat.values[cell] += weights[channel] * values[cell];
  }
  for (float& value : heat.values) value = std::max(value, 0.0F);
  return heat;
}

Spot hottest_spot(const HeatMap& heat) {
  const auto hottest = std::max_element(heat.values.begin(), heat.values.end());
  if (hottest == heat.values.end() || *hottest <= 0.0F) return {};
  const Cells cells = grow(heat, static_cast<int>(hottest - heat.values.begin()), kSpotShare * *hottest);
  const auto width = static_cast<float>(heat.width);
  const auto height = static_cast<float>(heat.height);
  return {{static_cast<float>(cells.left) / width, static_cast<float>(cells.top) / height,
           static_cast<float>(cells.right - cells.left) / width, static_cast<float>(cells.bottom - cells.top) / height},
          heat_in(heat, cells) / heat_in(heat, {0, 0, heat.width, heat.height})};
}

}  // namespace rap::dataset
