// SPDX-License-Identifier: Apache-2.0
#include "retrieval/pooling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/instruction_set.h"

namespace rap {
namespace {

/// One number each of so many channels, which are pooled side by side: loops over them become vectors.
constexpr std::size_t kLanes = 16;
using Lanes = std::array<float, kLanes>;

/// Some channels of a map, and what becomes of them.
struct Channels {
  std::span<Lanes> cells;  ///< of the map, row by row; raised to the power
  int columns;             ///< of the map
  std::span<const Window> windows;
  int power;
  std::span<Lanes> pooled;  ///< by window
};

[[gnu::always_inline]] inline void raise(std::span<Lanes> cells, int power) {
  if (power == 1) return;
  for (Lanes& cell : cells) {
    for (float& value : cell) value = std::max(value, 0.0F);
  }
  for (; power > 1; power /= 2) {
    for (Lanes& cell : cells) {
      for (float& value : cell) value *= value;
    }
  }
}

[[gnu::always_inline]] inline void take_root(std::span<Lanes> rows, int power) {
  for (; power > 1; power /= 2) {
    for (Lanes& row : rows) {
      for (float& value : row) value = std::sqrt(value);
    }
  }
}

/// Cell by cell, for few cells are in a window. Floats will do: a sum of powers, which are never negative, is off by at
/// most as many units in the last place as it has terms. The difference of two such sums over larger rectangles, as an
/// integral map gives it, would drown a window of small values.
[[gnu::always_inline]] inline Lanes mean(std::span<const Lanes> cells, int columns, const Window& window) {
  Lanes total{};
  for (int y = window.y; y < window.bottom(); ++y) {
    const Lanes* const row = cells.data() + static_cast<std::ptrdiff_t>(y) * columns;
    for (int x = window.x; x < window.right(); ++x) {
      for (std::size_t i = 0; i < kLanes; ++i) total[i] += row[x][i];
    }
  }
  const auto area = static_cast<float>(window.height * window.width);
  for (float& value : total) value /= area;
  return total;
}

[[gnu::always_inline]] inline void pool(const Channels& channels) {
  raise(channels.cells, channels.power);
  for (std::size_t i = 0; i < channels.windows.size(); ++i) {
    channels.pooled[i] = mean(channels.cells, channels.columns, channels.windows[i]);
  }
  take_root(channels.pooled, channels.power);
}

// The same code, compiled once for each instruction set. No product is added to anything, so nothing is rounded
// differently.
void pool_portable(const Channels& channels) { pool(channels); }

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void pool_avx2(const Channels& channels) { pool(channels); }

[[gnu::target("avx512f,avx2,fma,prefer-vector-width=512")]] void pool_avx512(const Channels& channels) {
  pool(channels);
}
#endif

using Kernel = void (*)(const Channels&);

Kernel best_kernel() {
#if defined(__x86_64__)
  switch (best_instruction_set()) {
    case InstructionSet::kAvx512:
      return pool_avx512;
    case InstructionSet::kAvx2:
      return pool_avx2;
    case InstructionSet::kPortable:
      break;
  }
#endif
  return pool_portable;
}

}  // namespace

void pool_windows(const FeatureMap& map, std::span<const Window> windows, int power, std::size_t stride,
                  float* pooled) {
  static const Kernel kBestKernel = best_kernel();
  const std::size_t area = static_cast<std::size_t>(map.height) * static_cast<std::size_t>(map.width);
  const auto channels = static_cast<std::size_t>(map.channels);
  std::vector<Lanes> cells(area);
  std::vector<Lanes> of_windows(windows.size());
  for (std::size_t first = 0; first < channels; first += kLanes) {
    const std::size_t count = std::min(kLanes, channels - first);
    for (std::size_t i = 0; i < count; ++i) {
      const float* const plane = map.values.data() + (first + i) * area;
      for (std::size_t cell = 0; cell < area; ++cell) cells[cell][i] = plane[cell];
    }
    kBestKernel({cells, map.width, windows, power, of_windows});
    for (std::size_t i = 0; i < windows.size(); ++i) {
      std::copy_n(of_windows[i].begin(), count, pooled + i * stride + first);
    }
  }
}

}  // namespace rap
