// SPDX-License-Identifier: Apache-2.0
#include "retrieval/learnt_view.h"

#include <algorithm>

#include "core/box_overlap.h"
#include "rap/memory.h"

namespace rap {

std::size_t meant_region(const Regions& regions, const std::optional<Box>& box) {
  const auto overlap = [&](const Box& region) { return box_overlap(region, box.value_or(Box())); };
  return static_cast<std::size_t>(std::ranges::max_element(regions.boxes, {}, overlap) - regions.boxes.begin());
}

std::vector<float> embed_learnt_view(const Regions& regions, const std::optional<Box>& box) {
  const float* row = regions.embeddings().row(meant_region(regions, box));
  return {row, row + regions.dimensions};
}

std::string embedding_key(const View& view) {
  return view_key(view.photo, view.box) + (view.provenance == Provenance::kLearnt ? "~" : "");
}

}  // namespace rap
