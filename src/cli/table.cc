// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <utf8proc.h>

#include <algorithm>
#include <numeric>
#include <ostream>
#include <utility>

namespace rap::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastColumn = 8;  ///< a column is not made narrower than this
constexpr std::string_view kEllipsis = "…";

/// One character of a text: its bytes and its columns.
struct Glyph {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};

Glyph first_glyph(std::string_view text) {
  utf8proc_int32_t character = 0;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &character);
  if (length <= 0) return {};
  return {static_cast<std::size_t>(length), static_cast<std::size_t>(std::max(0, utf8proc_charwidth(character)))};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    width += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return width;
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t kept = 0;
  std::size_t columns = 0;
  while (kept < text.size()) {
    const Glyph glyph = first_glyph(text.substr(kept));
    if (columns + glyph.columns > width - 1) break;
    columns += glyph.columns;
    kept += glyph.bytes;
  }
  return std::string(text.substr(0, kept)).append(kEllipsis);
}

Table::Table(std::vector<std::string> header) : header_{std::move(header), Style::kBold} {}

void Table::add(std::vector<std::string> cells, Style style) {
  cells.resize(header_.cells.size());
  for (std::string& cell : cells) cell = one_line(cell);
  rows_.push_back({std::move(cells), style});
}

std::vector<std::size_t> Table::widths(std::size_t columns) const {
  std::vector<std::size_t> widths;
  for (const std::string& title : header_.cells) widths.push_back(display_width(title));
  for (const Row& row : rows_)
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], display_width(row.cells[i]));

  const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1)); };
  if (columns == 0 || total() <= columns) return widths;
  const std::size_t others = total() - widths.back();
  const std::size_t room_for_last = columns > others ? columns - others : 0;
  widths.back() = std::min(widths.back(), std::max(kLeastColumn, room_for_last));
  while (total() > columns) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kLeastColumn) break;
    --*widest;
  }
  return widths;
}

void Table::print(std::ostream& out, std::size_t columns, bool colour) const {
  const std::vector<std::size_t> width = widths(columns);
  const auto print_row = [&](const Row& row) {
    std::string line;
    for (std::size_t i = 0; i < width.size(); ++i) {
      const std::string cell = shorten(row.cells[i], width[i]);
      line += cell;
      if (i + 1 < width.size()) line.append(width[i] - display_width(cell) + kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << styled(row.style, line, colour) << '\n';
  };
  print_row(header_);
  for (const Row& row : rows_) print_row(row);
}

}  // namespace rap::cli
