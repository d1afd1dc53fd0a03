// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace rap {

/// Row-major matrix of embeddings, borrowed: `rows` x `dimensions` floats.
struct Embeddings {
  const float* values = nullptr;
  std::size_t rows = 0;
  std::size_t dimensions = 0;

  [[nodiscard]] const float* row(std::size_t index) const { return values + index * dimensions; }
};

/// Exact search: the dot product of every region with every view, written to `scores` as
/// [regions, views] row-major (size regions.rows * views.rows). Both must have equal dimensions.
/// The best kernel for this CPU is picked at run time; results of kernels differ in rounding only.
void dot_products(const Embeddings& regions, const Embeddings& views, std::span<float> scores);

}  // namespace rap
