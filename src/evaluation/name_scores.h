// SPDX-License-Identifier: Apache-2.0
// Names in captions, counted as RAP (arXiv 2410.13360) and RePIC (arXiv 2506.18369) do. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rap::evaluation {

/// What one caption says of names, each counted once however often it stands there.
struct NameCounts {
  std::size_t expected = 0;  ///< names that it has to say
  std::size_t right = 0;     ///< those of them that it says
  std::size_t wrong = 0;     ///< other known names that it says

  [[nodiscard]] bool says_all() const { return right == expected; }
  NameCounts& operator+=(const NameCounts& other);
};

/// Counts whole words, case and accents folded. Where names overlap in the text the longer one is
/// meant. `known` are all names of the memory, the expected ones included or not.
[[nodiscard]] NameCounts count_names(std::string_view text, std::span<const std::string> expected,
                                     std::span<const std::string> known);

/// Share of the expected names that are said; 0 if none is expected.
[[nodiscard]] double name_recall(const NameCounts& sum);

/// Share of the names that are said that are right; 0 if none is said.
[[nodiscard]] double name_precision(const NameCounts& sum);

/// Harmonic mean of recall and precision; 0 if both are.
[[nodiscard]] double name_f1(const NameCounts& sum);

}  // namespace rap::evaluation
