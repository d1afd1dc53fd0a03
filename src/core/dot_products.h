// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace rap {

/// Row-major matrix, borrowed: `rows` x `columns` floats.
struct MatrixView {
  const float* values = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;

  [[nodiscard]] const float* row(std::size_t index) const { return values + index * columns; }
};

/// The dot product of every left row with every right row, written to `products` as [left, right]
/// row-major (size left.rows * right.rows). Both must have equally many columns. Fastest where the right
/// matrix is the larger one and rows lie at multiples of 64 bytes (AlignedFloats). The best kernel for this CPU is
/// picked at run time; results of kernels differ in rounding only. Thread-safe.
void dot_products(const MatrixView& left, const MatrixView& right, std::span<float> products);

}  // namespace rap
