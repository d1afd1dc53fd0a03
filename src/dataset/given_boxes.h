// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rap/result.h"
#include "rap/types.h"

namespace rap::dataset {

/// A box that somebody drew or a detector found.
struct GivenBox {
  Box box;
  std::string noun;
};

/// Boxes by the path of their photo in its source.
using GivenBoxes = std::map<std::string, std::vector<GivenBox>>;

/// Reads lines of `file<TAB>x<TAB>y<TAB>width<TAB>height<TAB>noun`, the box in fractions of the photo's
/// sides. No boxes for an empty path. Fails as read_file() does, or with kCorrupt and the line.
[[nodiscard]] Result<GivenBoxes> read_given_boxes(const std::filesystem::path& file);

}  // namespace rap::dataset
