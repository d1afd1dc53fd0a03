// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "rap/memory.h"

namespace rap {
namespace {

std::string millionths(float fraction) { return std::to_string(std::lround(static_cast<double>(fraction) * 1e6)); }

}  // namespace

std::string view_key(std::string_view photo_sha256, const std::optional<Box>& box) {
  std::string key(photo_sha256);
  if (!box) return key;
  return key + "@" + millionths(box->x) + "," + millionths(box->y) + "," + millionths(box->width) + "," +
         millionths(box->height);
}

const View* avatar(const Concept& subject) {
  const auto first = std::ranges::find(subject.views, Provenance::kConfirmed, &View::provenance);
  return first == subject.views.end() ? nullptr : &*first;
}

}  // namespace rap
