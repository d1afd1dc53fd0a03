// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "rap/options.h"
#include "rap/result.h"

namespace rap {

/// Folders of the XDG Base Directory Specification, with "rap" appended:
/// $XDG_DATA_HOME or ~/.local/share, and $XDG_CACHE_HOME or ~/.cache.
[[nodiscard]] std::filesystem::path data_home();
[[nodiscard]] std::filesystem::path cache_home();

/// Where compiled graphs are kept: options.cache_dir, else cache_home().
[[nodiscard]] std::filesystem::path graph_cache(const Options& options);

/// Where models are looked for, first to last: options.models_dir; share/rap/models beside the
/// program's folder; the folders of the checkout that the program was built from.
[[nodiscard]] std::vector<std::filesystem::path> model_folders(const Options& options);

/// The first of model_folders() that holds `relative`. kNotFound names what is missing.
[[nodiscard]] Result<std::filesystem::path> find_model_file(const Options& options,
                                                            const std::filesystem::path& relative);

}  // namespace rap
