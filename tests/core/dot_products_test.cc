// SPDX-License-Identifier: Apache-2.0
#include "core/dot_products.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace rap {
namespace {

std::vector<float> random_values(std::size_t count, std::mt19937& random) {
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

TEST(DotProducts, EqualTheSumInDoublePrecisionForAllShapes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const std::size_t dimensions : {1U, 15U, 16U, 17U, 1280U}) {
    for (const std::size_t regions : {1U, 5U, 6U, 13U}) {
      const std::size_t views = 1 + random() % 9;
      const auto a = random_values(regions * dimensions, random);
      const auto b = random_values(views * dimensions, random);
      std::vector<float> scores(regions * views);
      dot_products({a.data(), regions, dimensions}, {b.data(), views, dimensions}, scores);
      for (std::size_t r = 0; r < regions; ++r) {
        for (std::size_t v = 0; v < views; ++v) {
          double expected = 0.0;
          for (std::size_t i = 0; i < dimensions; ++i) {
            expected += static_cast<double>(a[r * dimensions + i]) * static_cast<double>(b[v * dimensions + i]);
          }
          ASSERT_NEAR(scores[r * views + v], expected, 1e-3) << r << " x " << v << " of " << dimensions;
        }
      }
    }
  }
}

TEST(DotProducts, AcceptAMatrixWithoutRows) {
  const std::vector<float> region(8, 1.0F);
  std::vector<float> scores;
  dot_products({region.data(), 1, 8}, {nullptr, 0, 8}, scores);
  EXPECT_TRUE(scores.empty());
}

}  // namespace
}  // namespace rap
