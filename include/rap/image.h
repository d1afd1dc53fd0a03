// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace rap {

/// Pixels in memory: 8-bit sRGB, three interleaved channels, rows from the top without padding,
/// orientation already applied. Invariant: rgb.size() == 3 * width * height.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

}  // namespace rap
