// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// Means of the cells of a grid x grid raster over a feature map, row by row: [grid * grid,
/// channels]. Where the grid does not divide the map, neighbouring cells share a row, as in
/// adaptive average pooling. This is what a projector reads, in training and in serving.
/// kInvalidArgument if a side of the map is smaller than the grid or values are missing.
[[nodiscard]] Result<std::vector<float>> pool_grid(const FeatureMap& features, int grid);

}  // namespace rap
