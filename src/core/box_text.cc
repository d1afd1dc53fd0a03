// SPDX-License-Identifier: Apache-2.0
#include "core/box_text.h"

#include <cmath>

namespace rap {
namespace {

std::string percent(float fraction) { return std::to_string(std::lround(100.0F * fraction)); }

}  // namespace

std::string percent_text(const Box& box) {
  return '[' + percent(box.x) + ',' + percent(box.y) + ',' + percent(box.x + box.width) + ',' +
         percent(box.y + box.height) + ']';
}

}  // namespace rap
