// SPDX-License-Identifier: Apache-2.0
// Photos that look almost alike: bursts, copies at another size or quality.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "rap/image.h"

namespace rap::dataset {

/// What a photo looks like in 64 bits: whether each of 8 x 8 cells is darker than its right
/// neighbour (difference hash). Changes little with size, compression and exposure. Pure.
[[nodiscard]] std::uint64_t difference_hash(const Image& image);

/// Finds hashes that differ in few bits. Of `distance` + 1 bands of the 64 bits two such hashes
/// have at least one in common, so only hashes that share a band are compared. Not thread-safe.
class LookAlikes {
 public:
  /// `distance` in [0, 31]: greatest number of different bits.
  explicit LookAlikes(int distance);

  void add(std::uint64_t hash, std::size_t photo);

  /// The photo of the smallest number among those that look like `hash` and that `accepts` agrees to.
  [[nodiscard]] std::optional<std::size_t> find(std::uint64_t hash,
                                                const std::function<bool(std::size_t photo)>& accepts) const;

 private:
  struct Entry {
    std::uint64_t hash;
    std::size_t photo;
  };

  [[nodiscard]] std::uint64_t band(std::uint64_t hash, std::size_t index) const;

  int distance_;
  std::vector<std::unordered_map<std::uint64_t, std::vector<Entry>>> bands_;
};

}  // namespace rap::dataset
