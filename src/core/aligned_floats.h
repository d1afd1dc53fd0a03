// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace rap {

/// Allocates at multiples of 64 bytes: the line of a cache and the largest vector of a CPU. What is read in vectors
/// that straddle two lines is read at half the speed.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};

  LineAllocator() = default;
  template <class Other>
  LineAllocator(const LineAllocator<Other>&) noexcept {}  // NOLINT(google-explicit-constructor): as allocators must

  [[nodiscard]] T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
  void deallocate(T* values, std::size_t) noexcept { ::operator delete(values, kLine); }

  friend bool operator==(const LineAllocator&, const LineAllocator&) noexcept { return true; }
};

/// Floats for dot_products().
using AlignedFloats = std::vector<float, LineAllocator<float>>;

}  // namespace rap
