// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rap/types.h"

namespace rap {

/// Intersection over union of two boxes, [0, 1].
[[nodiscard]] double box_overlap(const Box& a, const Box& b);

/// Whether the boxes share more than a twelfth of the smaller one, so that a part of one thing may be seen in both.
[[nodiscard]] bool boxes_share(const Box& a, const Box& b);

}  // namespace rap
