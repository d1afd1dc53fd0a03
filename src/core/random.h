// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace rap {

/// Random choices that are the same on every machine for a seed (those of std distributions are not).
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// A number in [0, limit); the bias of the remainder is far below anything measured here.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }

  /// A number in [low, high), in steps of 2^-24 of the range.
  float between(float low, float high) { return low + (high - low) * static_cast<float>(engine_() >> 40) * 0x1p-24F; }

  /// True with the given probability.
  bool chance(float probability) { return between(0.0F, 1.0F) < probability; }

  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace rap
