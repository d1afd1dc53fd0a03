// SPDX-License-Identifier: Apache-2.0
#include "core/box_overlap.h"

#include <algorithm>

namespace rap {

namespace {

double area(const Box& box) { return static_cast<double>(box.width) * static_cast<double>(box.height); }

double shared_area(const Box& a, const Box& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return width <= 0.0 || height <= 0.0 ? 0.0 : width * height;
}

}  // namespace

double box_overlap(const Box& a, const Box& b) {
  const double shared = shared_area(a, b);
  return shared == 0.0 ? 0.0 : shared / (area(a) + area(b) - shared);
}

bool boxes_share(const Box& a, const Box& b) { return shared_area(a, b) > std::min(area(a), area(b)) / 12.0; }

}  // namespace rap
