// SPDX-License-Identifier: Apache-2.0
#include "generation/feature_grid.h"

#include <string>

namespace rap {
namespace {

/// A stretch of rows or columns: [begin, end).
struct CellRange {
  int begin = 0;
  int end = 0;
};

/// What cell `index` of `cells` covers of `size` rows or columns.
CellRange cell_range(int index, int cells, int size) {
  return {index * size / cells, ((index + 1) * size + cells - 1) / cells};
}

float mean_of(const float* plane, int width, const CellRange& rows, const CellRange& columns) {
  float sum = 0.0F;
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = columns.begin; x < columns.end; ++x) sum += plane[y * width + x];
  }
  return sum / static_cast<float>((rows.end - rows.begin) * (columns.end - columns.begin));
}

}  // namespace

Result<std::vector<float>> pool_grid(const FeatureMap& features, int grid) {
  const auto channels = static_cast<std::size_t>(features.channels);
  const auto plane = static_cast<std::size_t>(features.height) * static_cast<std::size_t>(features.width);
  if (grid < 1 || features.height < grid || features.width < grid || features.values.size() != channels * plane) {
    return fail(ErrorCode::kInvalidArgument,
                "a grid of " + std::to_string(grid) + " x " + std::to_string(grid) +
                    " cells does not fit a feature map of " + std::to_string(features.height) + " x " +
                    std::to_string(features.width) + " with " + std::to_string(features.values.size()) + " values",
                "features");
  }
  std::vector<float> pooled(static_cast<std::size_t>(grid * grid) * channels);
  for (int row = 0; row < grid; ++row) {
    for (int column = 0; column < grid; ++column) {
      const CellRange rows = cell_range(row, grid, features.height);
      const CellRange columns = cell_range(column, grid, features.width);
      float* cell = pooled.data() + static_cast<std::size_t>(row * grid + column) * channels;
      for (std::size_t channel = 0; channel < channels; ++channel) {
        cell[channel] = mean_of(features.values.data() + channel * plane, features.width, rows, columns);
      }
    }
  }
  return pooled;
}

}  // namespace rap
