// SPDX-License-Identifier: Apache-2.0
// The graphs that make_onnx.py writes, and what they give without rap.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "rap/image.h"
#include "tests/support/data.h"

namespace rap::testing {

inline std::filesystem::path graph(const char* name) { return source_dir() / "tests/vision/onnx" / name; }

inline nlohmann::json graph_reference() { return nlohmann::json::parse(std::ifstream(graph("reference.json"))); }

/// The picture of the reference.
inline Image reference_picture(int side) {
  Image image{side, side, {}};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      for (int c = 0; c < 3; ++c)
        image.rgb.push_back(static_cast<std::uint8_t>((7 * x + 13 * y + 31 * c + x * y) % 256));
    }
  }
  return image;
}

}  // namespace rap::testing
