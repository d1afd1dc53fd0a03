// SPDX-License-Identifier: Apache-2.0
#include "cli/console.h"

#include <utf8proc.h>

#include <algorithm>

namespace rap::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// LRE, RLE, PDF, LRO, RLO and the isolates: they reorder what stands around them on the screen.
bool is_direction_override(utf8proc_int32_t character) {
  return (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
}

bool is_harmless(utf8proc_int32_t character) {
  if (character == '\n' || character == '\t') return true;
  return utf8proc_category(character) != UTF8PROC_CATEGORY_CC && !is_direction_override(character);
}

}  // namespace

std::string styled(Style style, std::string_view text, bool colour) {
  const char* start = "";
  switch (style) {
    case Style::kPlain:
      return std::string(text);
    case Style::kBold:
      start = "\x1B[1m";
      break;
    case Style::kDim:
      start = "\x1B[2m";
      break;
    case Style::kRed:
      start = "\x1B[31m";
      break;
  }
  if (!colour) return std::string(text);
  return std::string(start).append(text).append("\x1B[0m");
}

std::string printable(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    utf8proc_int32_t character = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &character);
    const std::size_t taken = length > 0 ? static_cast<std::size_t>(length) : 1;
    const bool keep = length > 0 && is_harmless(character);
    safe.append(keep ? text.substr(0, taken) : kReplacement);
    text.remove_prefix(taken);
  }
  return safe;
}

std::string one_line(std::string_view text) {
  std::string line = printable(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\t', ' ');
  return line;
}

}  // namespace rap::cli
