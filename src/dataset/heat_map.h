// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "rap/engines.h"
#include "rap/types.h"

namespace rap::dataset {

/// How much each cell of a feature map speaks for something: [height, width] floats, none negative.
struct HeatMap {
  int height = 0;
  int width = 0;
  std::vector<float> values;
};

/// What a linear probe says of each cell, where that is positive (class activation mapping: Zhou et
/// al., arXiv 1512.04150). `weights` has one number a channel. Pure.
[[nodiscard]] HeatMap activation(const FeatureMap& map, std::span<const float> weights);

/// The box around the hottest spot: all cells that hang together with the hottest one and have at
/// least kSpotShare of its heat.
struct Spot {
  Box box;
  float share = 0.0F;  ///< of all heat that lies in the box; 0 if there is none, then the box is the whole
};

inline constexpr float kSpotShare = 0.3F;

[[nodiscard]] Spot hottest_spot(const HeatMap& heat);

}  // namespace rap::dataset
