// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace rap::dataset {

/// Whether a path matches a pattern: `*` stands for any characters but `/`, `**` for any, `?` for
/// one other than `/`; all else for itself. Takes time in the product of both lengths. Pure.
[[nodiscard]] bool matches_pattern(std::string_view path, std::string_view pattern);

}  // namespace rap::dataset
