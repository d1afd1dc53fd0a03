// SPDX-License-Identifier: Apache-2.0
#include "core/box_overlap.h"

#include <algorithm>

namespace rap {

double box_overlap(const Box& a, const Box& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0.0 || height <= 0.0) return 0.0;
  const double both = width * height;
  return both / (static_cast<double>(a.width) * a.height + static_cast<double>(b.width) * b.height - both);
}

}  // namespace rap
