// SPDX-License-Identifier: Apache-2.0
#include "core/byte_products.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace rap {
namespace {

/// Rows of length 1.
AlignedFloats random_rows(std::size_t rows, std::size_t columns, std::mt19937& random) {
  std::normal_distribution<float> normal;
  AlignedFloats values(rows * columns);
  for (std::size_t row = 0; row < rows; ++row) {
    float* const first = values.data() + row * columns;
    float squares = 0.0F;
    for (std::size_t i = 0; i < columns; ++i) {
      first[i] = normal(random);
      squares += first[i] * first[i];
    }
    for (std::size_t i = 0; i < columns; ++i) first[i] /= std::sqrt(squares);
  }
  return values;
}

class ByteProducts : public ::testing::Test {
 private:
  const unsigned seed_ = std::random_device{}();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};

 protected:
  std::mt19937 random_{seed_};
};

TEST_F(ByteProducts, DifferFromThoseOfFloatsByNoMoreThanTheirError) {
  for (const std::size_t columns : {1U, 4U, 15U, 512U}) {
    for (const std::size_t lefts : {1U, 8U, 13U}) {
      for (const std::size_t rights : {1U, 16U, 33U, 70U}) {
        const AlignedFloats a = random_rows(lefts, columns, random_);
        const AlignedFloats b = random_rows(rights, columns, random_);
        const ByteRows left = to_bytes({a.data(), lefts, columns});
        const BytePanels right(to_bytes({b.data(), rights, columns}));
        std::vector<float> exact(lefts * rights);
        dot_products({a.data(), lefts, columns}, {b.data(), rights, columns}, exact);
        const std::size_t stride = right.panels() * BytePanels::kPanelRows;
        std::vector<float> products(lefts * stride);
        byte_products(left, {0, lefts}, right, {0, right.panels()}, products);
        for (std::size_t l = 0; l < lefts; ++l) {
          const float error = byte_product_error(left.errors[l], right.error()) + 1e-5F;
          for (std::size_t r = 0; r < rights; ++r) {
            ASSERT_NEAR(products[l * stride + r], exact[l * rights + r], error) << l << " x " << r << " of " << columns;
          }
          for (std::size_t r = rights; r < stride; ++r) ASSERT_EQ(products[l * stride + r], 0.0F);
        }
      }
    }
  }
}

TEST_F(ByteProducts, OfSomeRowsAndPanelsAreThoseOfAll) {
  constexpr std::size_t kLefts = 21, kRights = 100, kColumns = 37;
  const AlignedFloats a = random_rows(kLefts, kColumns, random_);
  const AlignedFloats b = random_rows(kRights, kColumns, random_);
  const ByteRows left = to_bytes({a.data(), kLefts, kColumns});
  const BytePanels right(to_bytes({b.data(), kRights, kColumns}));
  ASSERT_EQ(right.panels(), 7U);
  const std::size_t stride = right.panels() * BytePanels::kPanelRows;
  std::vector<float> all(kLefts * stride);
  byte_products(left, {0, kLefts}, right, {0, right.panels()}, all);
  std::vector<float> some(11 * 3 * BytePanels::kPanelRows);
  byte_products(left, {5, 16}, right, {2, 5}, some);
  for (std::size_t l = 0; l < 11; ++l) {
    for (std::size_t r = 0; r < 3 * BytePanels::kPanelRows; ++r) {
      ASSERT_EQ(some[l * 3 * BytePanels::kPanelRows + r], all[(l + 5) * stride + 2 * BytePanels::kPanelRows + r]);
    }
  }
}

TEST_F(ByteProducts, ARowOfZerosHasNoError) {
  const AlignedFloats zeros(8, 0.0F);
  const ByteRows bytes = to_bytes({zeros.data(), 1, 8});
  EXPECT_EQ(bytes.errors[0], 0.0F);
  std::vector<float> product(BytePanels::kPanelRows, 1.0F);
  byte_products(bytes, {0, 1}, BytePanels(bytes), {0, 1}, product);
  EXPECT_EQ(product[0], 0.0F);
}

TEST_F(ByteProducts, TheLargestValuesDoNotOverflow) {
  constexpr std::size_t kColumns = 4096;
  const AlignedFloats ones(kColumns, 1.0F), minus(kColumns, -1.0F);
  std::vector<float> product(BytePanels::kPanelRows);
  const ByteRows left = to_bytes({ones.data(), 1, kColumns});
  byte_products(left, {0, 1}, BytePanels(left), {0, 1}, product);
  EXPECT_FLOAT_EQ(product[0], kColumns);
  byte_products(left, {0, 1}, BytePanels(to_bytes({minus.data(), 1, kColumns})), {0, 1}, product);
  EXPECT_FLOAT_EQ(product[0], -static_cast<float>(kColumns));
}

TEST_F(ByteProducts, AcceptNoRows) {
  const BytePanels none(to_bytes({nullptr, 0, 8}));
  EXPECT_EQ(none.panels(), 0U);
  std::vector<float> products;
  byte_products(to_bytes({nullptr, 0, 8}), {0, 0}, none, {0, 0}, products);
}

}  // namespace
}  // namespace rap
