// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rap/types.h"

namespace rap {

/// Intersection over union of two boxes, [0, 1].
[[nodiscard]] double box_overlap(const Box& a, const Box& b);

/// Whether one of the boxes lies in the other by more than half.
[[nodiscard]] bool boxes_cover(const Box& a, const Box& b);

}  // namespace rap
