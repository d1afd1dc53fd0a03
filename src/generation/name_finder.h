// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"

namespace rap {

/// Finds many names in a text, compared as find_name() does: whole words, folded. Where two
/// names overlap the longer one is meant ("Max Power" is not "Max"); of equal ones the first
/// given. Built once, then fast enough for thousands of names in every step of a generation.
/// Immutable and thread-safe after construction.
class NameFinder {
 public:
  /// Empty names are never found.
  explicit NameFinder(std::vector<std::string> names);

  struct Hit {
    std::size_t name = 0;  ///< index into the names given
    TextSpan span;         ///< bytes of the text
  };

  /// Where the names stand in `text`, in text order, without overlaps. None in invalid UTF-8.
  [[nodiscard]] std::vector<Hit> find(std::string_view text) const;

  [[nodiscard]] bool empty() const noexcept { return names_.empty(); }

 private:
  std::vector<std::string> names_;
  std::vector<std::string> folded_;
};

/// `text` with each hit's span replaced by `replacements[hit.name]`. `hits` as find() gives them.
[[nodiscard]] std::string replace_hits(std::string_view text, const std::vector<NameFinder::Hit>& hits,
                                       const std::vector<std::string>& replacements);

}  // namespace rap
