// SPDX-License-Identifier: Apache-2.0
// Which photos a source names, and what it says of them. Reads lists and folders, no photos.
#pragma once

#include <string>
#include <vector>

#include "dataset/collect.h"
#include "rap/result.h"

namespace rap::dataset {

/// A photo as its source names it; it may be missing or damaged.
struct NamedPhoto {
  std::string original;  ///< path in the source's folder, with '/' between its parts
  Split split = Split::kTrain;
  std::vector<std::string> captions;
  std::string category;
  std::string instance;
};

/// The photos of a source, sorted by path. kNotFound for a folder or list that is missing,
/// kInvalidArgument for a source that lacks what its kind needs, kCorrupt for a file that cannot be
/// read as what it should be.
[[nodiscard]] Result<std::vector<NamedPhoto>> list_photos(const Source& source);

}  // namespace rap::dataset
