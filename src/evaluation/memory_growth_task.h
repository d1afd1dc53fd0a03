// SPDX-License-Identifier: Apache-2.0
// How retrieval holds out as the memory grows. Drives the code that serves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "evaluation/bootstrap.h"
#include "evaluation/photo_set.h"
#include "retrieval/calibration.h"

namespace rap::evaluation {

struct MemoryGrowthOptions {
  std::vector<std::size_t> sizes{10, 100, 1000, 10'000};  ///< concepts in memory
  std::size_t draws = 20;
  std::size_t views = 1;      ///< photos remembered of each subject
  std::uint64_t seed = 1000;  ///< draw i uses seed + i
  double threshold = 0.5;     ///< least probability of an accepted match
  Calibration calibration = default_calibration();
};

/// Ranks at which recall is reported: the right concept is among the first K.
inline constexpr std::array<std::size_t, 4> kRecallRanks{1, 2, 5, 10};

/// A memory of one size.
struct MemoryGrowthRow {
  std::size_t concepts = 0;
  std::array<Estimate, kRecallRanks.size()> recall;  ///< by kRecallRanks
  Estimate accepted;       ///< share of the photos whose right concept is best and passes the threshold
  Estimate wrong;          ///< share of the photos for which another concept is accepted
  double search_ms = 0.0;  ///< mean time of one search, in milliseconds
};

/// For each size that the photos allow: draws as many subjects as fit, fills the memory up with
/// distractors, and asks the other photos of the subjects. Intervals by resampling draws. Sizes beyond
/// subjects and distractors together are cut to that; of equal sizes one is kept. kCancelled when
/// `on_draw` asks for it.
[[nodiscard]] Result<std::vector<MemoryGrowthRow>> measure_memory_growth(const PhotoSet& set,
                                                                         const PhotoSet& distractors,
                                                                         const MemoryGrowthOptions& options,
                                                                         const OnPhoto& on_draw);

}  // namespace rap::evaluation
