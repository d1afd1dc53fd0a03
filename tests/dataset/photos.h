// SPDX-License-Identifier: Apache-2.0
// Photo files that tests of data sets make themselves.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/files.h"
#include "core/random.h"
#include "image/photo.h"

namespace rap::testing {

/// A picture of random soft patches; another seed looks entirely different.
inline Image patches(std::uint64_t seed, int width = 96, int height = 64) {
  Random random(seed);
  Image small{9, 8, {}};
  for (int i = 0; i < 9 * 8 * 3; ++i) small.rgb.push_back(static_cast<std::uint8_t>(random.below(256)));
  return resize(small, width, height);
}

inline Image plain(int width, int height, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) image.rgb.insert(image.rgb.end(), {red, green, blue});
  return image;
}

inline void write_jpeg(const std::filesystem::path& file, const Image& image, int quality = 90) {
  std::filesystem::create_directories(file.parent_path());
  const auto bytes = encode_jpeg(image, quality);
  ASSERT_TRUE(bytes.has_value());
  ASSERT_TRUE(write_file(file, *bytes).has_value());
}

inline void write_text(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  ASSERT_TRUE(write_file(file, as_bytes(text)).has_value());
}

}  // namespace rap::testing
