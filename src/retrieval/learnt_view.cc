// SPDX-License-Identifier: Apache-2.0
#include "retrieval/learnt_view.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/box_overlap.h"
#include "rap/memory.h"

namespace rap {
namespace {

constexpr double kSamePlace = 0.5;  ///< IoU of a window with the box that it stands for

/// Behind the key of a learnt view. One sign less marked embeddings of an earlier version, of one window.
constexpr char kLearntMark[] = "~~";

}  // namespace

std::vector<Box> meant_windows(std::span<const Box> windows, const std::optional<Box>& box) {
  std::vector<Box> meant;
  std::ranges::copy_if(windows, std::back_inserter(meant),
                       [&](const Box& window) { return box_overlap(window, box.value_or(Box())) >= kSamePlace; });
  return meant;
}

std::vector<float> embed_learnt_view(const Features& look, const Features* fine, const EmbeddingHead& head,
                                     const std::optional<Box>& box) {
  const std::vector<Box> windows = window_boxes(look);
  std::vector<Box> meant = meant_windows(windows, box);
  if (meant.empty()) {
    const auto overlap = [&](const Box& window) { return box_overlap(window, box.value_or(Box())); };
    meant.push_back(*std::ranges::max_element(windows, {}, overlap));
  }
  Regions regions = embed_windows(look, head, std::move(meant));
  if (fine != nullptr) {
    append(regions, embed_windows(*fine, head, meant_windows(window_boxes(*fine, Windows::kSmall), box)));
  }
  return regions.numbers();
}

std::string embedding_key(const View& view) {
  return view_key(view.photo, view.box) + (view.provenance == Provenance::kLearnt ? kLearntMark : "");
}

}  // namespace rap
