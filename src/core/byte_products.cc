// SPDX-License-Identifier: Apache-2.0
#include "core/byte_products.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rap {
namespace {

constexpr std::size_t kPanelRows = BytePanels::kPanelRows;
constexpr std::size_t kGroup = 4;  ///< columns that one instruction multiplies
constexpr std::size_t kPanelsAtOnce = 2;
constexpr int kOffset = 128;         ///< added to bytes of panels: the instruction wants one side without sign
constexpr float kLargestByte = 127;  ///< and -127 the smallest, so that rounding is symmetric

/// What a kernel multiplies.
struct Operands {
  const ByteRows& left;
  const RowRange& lefts;
  const BytePanels& right;
  const RowRange& panels;
  std::span<float> products;

  [[nodiscard]] const std::int8_t* left_row(std::size_t index) const {
    return left.values.data() + index * left.columns;
  }
  /// What kOffset adds to every sum with this row.
  [[nodiscard]] std::int32_t offset(std::size_t left_index) const { return kOffset * left.sums[left_index]; }
  [[nodiscard]] float* products_of(std::size_t left_index, std::size_t panel) const {
    const std::size_t rights = (panels.last - panels.first) * kPanelRows;
    return products.data() + (left_index - lefts.first) * rights + (panel - panels.first) * kPanelRows;
  }
};

void multiply_portable(const Operands& operands) {
  const std::size_t columns = operands.left.columns;
  for (std::size_t l = operands.lefts.first; l < operands.lefts.last; ++l) {
    const std::int8_t* const row = operands.left_row(l);
    for (std::size_t p = operands.panels.first; p < operands.panels.last; ++p) {
      std::array<int, kPanelRows> sums{};
      const std::uint8_t* values = operands.right.panel(p);
      for (std::size_t column = 0; column < columns; column += kGroup) {
        for (int& sum : sums) {
          for (std::size_t i = 0; i < kGroup; ++i) sum += row[column + i] * *values++;
        }
      }
      float* const products = operands.products_of(l, p);
      for (std::size_t r = 0; r < kPanelRows; ++r) {
        products[r] =
            static_cast<float>(sums[r] - operands.offset(l)) * (operands.left.scales[l] * operands.right.scales(p)[r]);
      }
    }
  }
}

/// Rounded, half away from zero. Unlike std::round() it becomes vectors.
std::int32_t nearest(float value) { return static_cast<std::int32_t>(value + (value < 0.0F ? -0.5F : 0.5F)); }

/// The largest of some numbers side by side, then of these: such loops become vectors.
float largest_magnitude(std::span<const float> values) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> largest{};
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      largest[lane] = std::max(largest[lane], std::abs(values[i + lane]));
    }
  }
  for (; i < values.size(); ++i) largest[0] = std::max(largest[0], std::abs(values[i]));
  return *std::ranges::max_element(largest);
}

#if defined(__x86_64__)
using WholeNumbers [[gnu::vector_size(sizeof(__m512i))]] = std::int32_t;

/// Lefts x Panels sums of a panel's rows each, in as many registers: that hides the latency of the additions, and every
/// value that is loaded is used several times.
template <std::size_t Lefts, std::size_t Panels>
[[gnu::target("avx512f,avx512vnni"), gnu::always_inline]] inline void multiply_tile(const Operands& operands,
                                                                                    std::size_t first_left,
                                                                                    std::size_t first_panel) {
  const std::size_t columns = operands.left.columns;
  const std::int8_t* const rows = operands.left_row(first_left);
  const std::uint8_t* const values = operands.right.panel(first_panel);
  __m512i sums[Lefts][Panels] = {};
  for (std::size_t column = 0; column < columns; column += kGroup) {
    __m512i of_panels[Panels];
#pragma GCC unroll 2
    for (std::size_t p = 0; p < Panels; ++p) {
      of_panels[p] = _mm512_load_si512(values + (p * columns + column) * kPanelRows);
    }
#pragma GCC unroll 8
    for (std::size_t l = 0; l < Lefts; ++l) {
      int group = 0;
      std::memcpy(&group, rows + l * columns + column, kGroup);
      const __m512i of_left = _mm512_set1_epi32(group);
#pragma GCC unroll 2
      for (std::size_t p = 0; p < Panels; ++p) sums[l][p] = _mm512_dpbusd_epi32(sums[l][p], of_panels[p], of_left);
    }
  }
#pragma GCC unroll 8
  for (std::size_t l = 0; l < Lefts; ++l) {
#pragma GCC unroll 2
    for (std::size_t p = 0; p < Panels; ++p) {
      const __m512 scales =
          _mm512_load_ps(operands.right.scales(first_panel + p)) * operands.left.scales[first_left + l];
      const auto whole = reinterpret_cast<WholeNumbers>(sums[l][p]) - operands.offset(first_left + l);
      _mm512_storeu_ps(operands.products_of(first_left + l, first_panel + p),
                       __builtin_convertvector(whole, __m512) * scales);
    }
  }
}

/// All left rows with some panels, which stay in the first-level cache meanwhile.
template <std::size_t Panels>
[[gnu::target("avx512f,avx512vnni"), gnu::always_inline]] inline void multiply_panels(const Operands& operands,
                                                                                      std::size_t first_panel) {
  constexpr std::size_t kLefts = 8;
  std::size_t l = operands.lefts.first;
  for (; l + kLefts <= operands.lefts.last; l += kLefts) multiply_tile<kLefts, Panels>(operands, l, first_panel);
  for (; l < operands.lefts.last; ++l) multiply_tile<1, Panels>(operands, l, first_panel);
}

[[gnu::target("avx512f,avx512vnni")]] void multiply_vnni(const Operands& operands) {
  std::size_t p = operands.panels.first;
  for (; p + kPanelsAtOnce <= operands.panels.last; p += kPanelsAtOnce) multiply_panels<kPanelsAtOnce>(operands, p);
  if (p < operands.panels.last) multiply_panels<1>(operands, p);
}
#endif

}  // namespace

bool has_fast_byte_products() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

ByteRows to_bytes(const MatrixView& rows) {
  ByteRows result;
  result.columns = (rows.columns + kGroup - 1) / kGroup * kGroup;
  result.values.resize(rows.rows * result.columns);
  AlignedFloats lost(rows.columns);  // by rounding, of one row
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const std::span<const float> values(rows.row(row), rows.columns);
    const std::span<std::int8_t> bytes(result.values.data() + row * result.columns, rows.columns);
    const float scale = largest_magnitude(values) / kLargestByte;
    const float inverse = scale > 0.0F ? 1.0F / scale : 0.0F;
    for (std::size_t i = 0; i < values.size(); ++i) {
      bytes[i] = static_cast<std::int8_t>(nearest(values[i] * inverse));
      lost[i] = values[i] - static_cast<float>(bytes[i]) * scale;
    }
    const MatrixView lost_row{lost.data(), 1, lost.size()};
    float squares = 0.0F;
    dot_products(lost_row, lost_row, {&squares, 1});
    result.scales.push_back(scale);
    result.errors.push_back(std::sqrt(squares));
    result.sums.push_back(std::accumulate(bytes.begin(), bytes.end(), std::int32_t{0}));
  }
  return result;
}

BytePanels::BytePanels(const ByteRows& rows) : columns_(rows.columns) {
  const std::size_t filled = (rows.rows() + kPanelRows - 1) / kPanelRows * kPanelRows;
  values_.assign(filled * columns_, kOffset);
  scales_.assign(filled, 0.0F);
  std::ranges::copy(rows.scales, scales_.begin());
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    std::uint8_t* const panel = values_.data() + row / kPanelRows * kPanelRows * columns_;
    for (std::size_t column = 0; column < columns_; ++column) {
      const std::size_t group = column / kGroup * kPanelRows + row % kPanelRows;
      panel[group * kGroup + column % kGroup] =
          static_cast<std::uint8_t>(rows.values[row * columns_ + column] + kOffset);
    }
    error_ = std::max(error_, rows.errors[row]);
  }
}

void byte_products(const ByteRows& left, const RowRange& lefts, const BytePanels& right, const RowRange& panels,
                   std::span<float> products) {
  const Operands operands{left, lefts, right, panels, products};
#if defined(__x86_64__)
  static const bool kIsFast = has_fast_byte_products();
  if (kIsFast) return multiply_vnni(operands);
#endif
  multiply_portable(operands);
}

}  // namespace rap
