// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "retrieval/gallery.h"
#include "retrieval/regions.h"

namespace rap {

/// What can matter in a photo.
struct Relevance {
  float least = 0.0F;      ///< similarity below which a concept is never reported
  float rival = 0.0F;      ///< similarity below which it takes no margin from one that is
  std::size_t places = 0;  ///< at most so many concepts of a region matter, the most alike ones
};

/// The concepts of a gallery, in its order, that are to be compared exactly with the regions of a photo; all others
/// can be left out, and nothing that is reported changes. These are, in every region where something reaches `least`,
/// the `places` most alike ones as far as they reach `rival`, and a few more: similarities are computed from bytes
/// first where the CPU is fast at that, and what rounding may have hidden is kept. So are concepts with learnt views,
/// whose similarity is not that of a view. Pure and thread-safe; works with up to `threads` threads (0 = one per core),
/// the result is the same.
[[nodiscard]] std::vector<std::size_t> shortlist(const Gallery& gallery, const Regions& regions,
                                                 const Relevance& relevance, int threads = 1);

}  // namespace rap
