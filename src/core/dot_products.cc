// SPDX-License-Identifier: Apache-2.0
#include "core/dot_products.h"

#include <cstring>

#include "core/instruction_set.h"

namespace rap {
namespace {

/// `Count` floats as one vector; read from memory of any alignment.
template <std::size_t Count>
struct Lanes {
  using Type [[gnu::vector_size(Count * sizeof(float)), gnu::aligned(sizeof(float)), gnu::may_alias]] = float;
};

/// Shape of a tile: the products of Lefts x Rights rows are summed at once, Lanes columns a step, in
/// Lefts * Rights registers. That many sums hide the latency of their additions, and every value
/// that is loaded is used several times.
template <std::size_t LanesOfRegister, std::size_t LeftRows, std::size_t RightRows>
struct TileShape {
  static constexpr std::size_t kLanes = LanesOfRegister;
  static constexpr std::size_t kLefts = LeftRows;
  static constexpr std::size_t kRights = RightRows;
};

template <class Vector>
[[gnu::always_inline]] inline float sum_lanes(const Vector& vector) {
  using Quad = typename Lanes<4>::Type;
  constexpr std::size_t kQuads = sizeof(Vector) / (4 * sizeof(float));
  Quad quads[kQuads];
  std::memcpy(quads, &vector, sizeof(Vector));
  for (std::size_t i = 1; i < kQuads; ++i) quads[0] += quads[i];
  return (quads[0][0] + quads[0][1]) + (quads[0][2] + quads[0][3]);
}

/// The products of the left rows from `first_left` on and the right rows from `first_right` on, one tile of them.
template <class Shape>
[[gnu::always_inline]] inline void multiply_tile(const MatrixView& left, std::size_t first_left,
                                                 const MatrixView& right, std::size_t first_right,
                                                 std::span<float> products) {
  using Vector = typename Lanes<Shape::kLanes>::Type;
  const std::size_t columns = right.columns;
  const float* const a = left.row(first_left);
  const float* const b = right.row(first_right);
  Vector sums[Shape::kLefts][Shape::kRights] = {};
  std::size_t i = 0;
  for (; i + Shape::kLanes <= columns; i += Shape::kLanes) {
    Vector of_rights[Shape::kRights];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < Shape::kRights; ++r) {
      of_rights[r] = *reinterpret_cast<const Vector*>(b + r * columns + i);
    }
#pragma GCC unroll 8
    for (std::size_t l = 0; l < Shape::kLefts; ++l) {
      const Vector of_left = *reinterpret_cast<const Vector*>(a + l * columns + i);
#pragma GCC unroll 8
      for (std::size_t r = 0; r < Shape::kRights; ++r) sums[l][r] += of_left * of_rights[r];
    }
  }
#pragma GCC unroll 8
  for (std::size_t l = 0; l < Shape::kLefts; ++l) {
#pragma GCC unroll 8
    for (std::size_t r = 0; r < Shape::kRights; ++r) {
      float total = sum_lanes(sums[l][r]);
      for (std::size_t rest = i; rest < columns; ++rest) total += a[l * columns + rest] * b[r * columns + rest];
      products[(first_left + l) * right.rows + first_right + r] = total;
    }
  }
}

/// All left rows with kRights right ones, which stay in the first-level cache meanwhile; the left rows
/// stay in the second, so the right matrix, by far the larger one, is read from memory once.
template <class Shape>
[[gnu::always_inline]] inline void multiply_rights(const MatrixView& left, const MatrixView& right,
                                                   std::size_t first_right, std::span<float> products) {
  using OneLeft = TileShape<Shape::kLanes, 1, Shape::kRights>;
  std::size_t l = 0;
  for (; l + Shape::kLefts <= left.rows; l += Shape::kLefts) {
    multiply_tile<Shape>(left, l, right, first_right, products);
  }
  for (; l < left.rows; ++l) multiply_tile<OneLeft>(left, l, right, first_right, products);
}

template <class Shape>
[[gnu::always_inline]] inline void multiply_all(const MatrixView& left, const MatrixView& right,
                                                std::span<float> products) {
  using OneRight = TileShape<Shape::kLanes, Shape::kLefts, 1>;
  std::size_t r = 0;
  for (; r + Shape::kRights <= right.rows; r += Shape::kRights) multiply_rights<Shape>(left, right, r, products);
  for (; r < right.rows; ++r) multiply_rights<OneRight>(left, right, r, products);
}

// The same code, compiled once for each instruction set with the tile that fills its registers:
// 16 of 4 or 8 floats, 32 of 16 floats.
void multiply_portable(const MatrixView& left, const MatrixView& right, std::span<float> products) {
  multiply_all<TileShape<4, 3, 4>>(left, right, products);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void multiply_avx2(const MatrixView& left, const MatrixView& right,
                                               std::span<float> products) {
  multiply_all<TileShape<8, 3, 4>>(left, right, products);
}

[[gnu::target("avx512f,avx2,fma,prefer-vector-width=512")]] void multiply_avx512(const MatrixView& left,
                                                                                 const MatrixView& right,
                                                                                 std::span<float> products) {
  multiply_all<TileShape<16, 6, 4>>(left, right, products);
}
#endif

using Kernel = void (*)(const MatrixView&, const MatrixView&, std::span<float>);

Kernel best_kernel() {
#if defined(__x86_64__)
  switch (best_instruction_set()) {
    case InstructionSet::kAvx512:
      return multiply_avx512;
    case InstructionSet::kAvx2:
      return multiply_avx2;
    case InstructionSet::kPortable:
      break;
  }
#endif
  return multiply_portable;
}

}  // namespace

void dot_products(const MatrixView& left, const MatrixView& right, std::span<float> products) {
  static const Kernel kBestKernel = best_kernel();
  kBestKernel(left, right, products);
}

}  // namespace rap
