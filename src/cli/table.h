// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console.h"

namespace rap::cli {

/// Columns that `text` takes in a terminal: two for wide East Asian characters and emoji, none
/// for combining marks.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` shortened to at most `width` columns, with "…" where something was left out.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width);

/// Aligned columns for people. Cells are made harmless (see one_line).
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  /// Adds a row of as many cells as the header has.
  void add(std::vector<std::string> cells, Style style = Style::kPlain);

  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Writes header and rows, two spaces between columns. With `columns` > 0 no line is wider: the
  /// last column is shortened first, then every column is limited alike.
  void print(std::ostream& out, std::size_t columns, bool colour) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Style style = Style::kPlain;
  };

  [[nodiscard]] std::vector<std::size_t> widths(std::size_t columns) const;

  Row header_;
  std::vector<Row> rows_;
};

}  // namespace rap::cli
