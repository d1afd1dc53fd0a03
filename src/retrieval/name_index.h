// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rap/types.h"

namespace rap {

/// Finds which concepts a text mentions by name or alias, in time that does not grow with the
/// number of concepts (names in scripts without spaces excepted, which are compared one by one).
/// Immutable and thread-safe.
class NameIndex {
 public:
  NameIndex() = default;
  explicit NameIndex(std::span<const Concept> concepts);

  /// Positions in the constructor's `concepts` of those mentioned in `text` (see find_name), in
  /// ascending order, each once. Where one name is part of a longer one that stands in the same
  /// place ("Max" in "Max Power"), only the longer one counts.
  [[nodiscard]] std::vector<std::size_t> mentioned(std::string_view text) const;

 private:
  struct Entry {
    std::size_t concept_index = 0;
    std::string name;
  };

  void add(std::size_t concept_index, const std::string& name);

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_first_word_;
  std::vector<std::size_t> without_words_;  ///< entries that a word of a text need not start
};

}  // namespace rap
