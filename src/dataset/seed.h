// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace rap::dataset {

/// The seed of one piece of work, from the recipe's seed and the work's key, so that pieces can be
/// made in any order, or again, with the same result. FNV-1a, then the finaliser of SplitMix64.
[[nodiscard]] constexpr std::uint64_t seed_of(std::uint64_t seed, std::string_view key) {
  std::uint64_t hash = 0xCBF29CE484222325U ^ seed;
  for (const char character : key) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001B3U;
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9U;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBU;
  return hash ^ (hash >> 31);
}

/// A number in [0, 1) that depends on seed and key alone.
[[nodiscard]] constexpr double share_of(std::uint64_t seed, std::string_view key) {
  return static_cast<double>(seed_of(seed, key) >> 11) * 0x1p-53;
}

}  // namespace rap::dataset
