// SPDX-License-Identifier: Apache-2.0
// Which photos are held out. The lists and prefixes of a source decide first (dataset/collect.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/conversation.h"
#include "dataset/photo.h"
#include "rap/result.h"

namespace rap::dataset {

/// A share of a source's training photos that is held out, chosen by a hash: of the instance, so
/// that none is in two splits, or of the photo where instances are not known.
struct HeldOutShare {
  std::string source;
  double dev = 0.0;
  double test = 0.0;
};

/// How many photos and conversations each split has, indexed by Split.
struct SplitReport {
  std::array<std::size_t, 3> photos{};
  std::array<std::size_t, 3> conversations{};
};

/// Holds photos out. Those that are held out already stay where they are, so doing it twice is
/// doing it once.
void hold_out(std::vector<PhotoRecord>& photos, const std::vector<HeldOutShare>& shares, std::uint64_t seed);

/// hold_out() on the photos of the set in `folder`, then gives each conversation the split of its
/// photo. A conversation whose pictures are of different splits is left out, one of text alone keeps
/// its split. Before there are conversations only photos are split. Fails like read_photos().
[[nodiscard]] Result<SplitReport> split_set(const std::filesystem::path& folder,
                                            const std::vector<HeldOutShare>& shares, std::uint64_t seed);

}  // namespace rap::dataset
