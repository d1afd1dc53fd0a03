// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "rap/engines.h"

namespace rap {

/// A part of a map, in whole cells.
struct Window {
  int y, x, height, width;

  [[nodiscard]] int bottom() const { return y + height; }
  [[nodiscard]] int right() const { return x + width; }
};

/// The generalised mean with exponent `power` (1, 2, 4 or 8; see EmbeddingPart) of every channel of a map over every
/// window: that of channel c over window w is written to pooled[w * stride + c]. Windows lie inside the map. The best
/// kernel for this CPU is picked at run time; all give the same numbers. Pure.
void pool_windows(const FeatureMap& map, std::span<const Window> windows, int power, std::size_t stride, float* pooled);

}  // namespace rap
