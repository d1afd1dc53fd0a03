// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rap/result.h"

namespace rap::dataset {

/// The lines of a text file without what ends them; empty lines are left out. Fails as read_file()
/// does; kTooLarge beyond 4 GiB.
[[nodiscard]] Result<std::vector<std::string>> read_text_lines(const std::filesystem::path& file);

}  // namespace rap::dataset
