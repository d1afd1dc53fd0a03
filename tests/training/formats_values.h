// SPDX-License-Identifier: Apache-2.0
// Numbers and files for the tests of weight formats.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "training/formats/lora.h"

namespace rap::training::testing {

/// Normally distributed numbers: other ones at each call, the same in each run of a test.
inline std::vector<float> random_values(std::int64_t count, float deviation = 1.0F) {
  static std::mt19937 random;
  static const ::testing::TestInfo* seeded_for = nullptr;
  if (const auto* test = ::testing::UnitTest::GetInstance()->current_test_info(); test != seeded_for) {
    random.seed(20250517);
    seeded_for = test;
  }
  std::normal_distribution<float> distribution(0.0F, deviation);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = distribution(random);
  return values;
}

inline Matrix random_matrix(std::int64_t rows, std::int64_t columns, float deviation = 1.0F) {
  return {rows, columns, random_values(rows * columns, deviation)};
}

/// Root mean square of the difference, over that of `wanted`.
inline double relative_error(const std::vector<float>& wanted, const std::vector<float>& got) {
  if (wanted.size() != got.size()) return INFINITY;
  double difference = 0.0;
  double size = 0.0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    difference += std::pow(static_cast<double>(wanted[i]) - static_cast<double>(got[i]), 2);
    size += std::pow(static_cast<double>(wanted[i]), 2);
  }
  return std::sqrt(difference / size);
}

/// A file that is not there yet, in a folder of this test's own.
inline std::filesystem::path scratch_file(const std::string& name) {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  const auto folder = std::filesystem::path(::testing::TempDir()) / "rap_formats" /
                      (std::string(info->test_suite_name()) + "." + info->name());
  std::filesystem::create_directories(folder);
  const auto file = folder / name;
  std::filesystem::remove_all(file);
  return file;
}

}  // namespace rap::training::testing
