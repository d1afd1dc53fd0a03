// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned_floats.h"
#include "core/dot_products.h"

namespace rap {

/// Whether this CPU multiplies bytes several times faster than floats. Where it does not, dot_products() is as fast as
/// byte_products() and exact.
[[nodiscard]] bool has_fast_byte_products();

/// Rows of floats rounded to bytes: each value to a multiple of a 127th of the largest of its row.
struct ByteRows {
  std::vector<std::int8_t> values;  ///< [rows, columns] row-major
  std::size_t columns = 0;          ///< of the floats, rounded up to a multiple of 4; the rest is zeros
  std::vector<float> scales;        ///< by row, what a step is worth
  std::vector<float> errors;        ///< by row, the length of what rounding took away
  std::vector<std::int32_t> sums;   ///< by row, of its bytes

  [[nodiscard]] std::size_t rows() const { return scales.size(); }
};

[[nodiscard]] ByteRows to_bytes(const MatrixView& rows);

/// Rows as bytes in panels, the order in which byte_products() reads them: of kPanelRows rows the first four columns,
/// then the next four, and so on. Immutable; share it between threads.
class BytePanels {
 public:
  static constexpr std::size_t kPanelRows = 16;

  explicit BytePanels(const ByteRows& rows);

  /// The last panel is filled up with rows of zeros.
  [[nodiscard]] std::size_t panels() const { return scales_.size() / kPanelRows; }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] const std::uint8_t* panel(std::size_t index) const {
    return values_.data() + index * columns_ * kPanelRows;
  }
  [[nodiscard]] const float* scales(std::size_t panel) const { return scales_.data() + panel * kPanelRows; }

  /// The largest of the errors of the rows.
  [[nodiscard]] float error() const { return error_; }

 private:
  std::vector<std::uint8_t, LineAllocator<std::uint8_t>> values_;  // bytes + 128
  AlignedFloats scales_;
  std::size_t columns_ = 0;
  float error_ = 0.0F;
};

/// Some rows of a matrix: [first, last).
struct RowRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

/// By how much a number of byte_products() can differ from the dot product of the floats, for rows of at most length 1
/// of which rounding took these lengths away: |xy - x'y'| = |(x - x')y + x'(y - y')|, and Cauchy-Schwarz.
[[nodiscard]] constexpr float byte_product_error(float left, float right) { return left + (1.0F + left) * right; }

/// About the dot products of some left rows with the rows of some panels (see byte_product_error()), written to
/// `products` as [left, rows of the panels] row-major. Both sides must have equally many columns. The same on every
/// CPU: sums are of whole numbers. Thread-safe.
void byte_products(const ByteRows& left, const RowRange& lefts, const BytePanels& right, const RowRange& panels,
                   std::span<float> products);

}  // namespace rap
