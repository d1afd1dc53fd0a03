// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "rap/result.h"

namespace rap::dataset {

/// Makes a picture file available at `to` as well: a hard link, or a copy where links cannot be
/// made. What is there already stays. kIo otherwise.
[[nodiscard]] Result<void> place_picture(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace rap::dataset
