// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rap::cli {

/// How many insertions, deletions, substitutions and swaps of neighbours turn one text into the
/// other, counted in Unicode characters after folding (see fold()). Optimal string alignment.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// Up to three candidates that `text` may be a misspelling of: those within a third of its length
/// (at least one edit), nearest first, then in the order given.
[[nodiscard]] std::vector<std::string> most_similar(std::string_view text, std::span<const std::string> candidates);

}  // namespace rap::cli
