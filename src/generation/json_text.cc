// SPDX-License-Identifier: Apache-2.0
#include "generation/json_text.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/text.h"

namespace rap {
namespace {

constexpr std::size_t kUnicodeEscape = 6;  // bytes of "\u0000"

/// The UTF-16 code unit that an escape at the start of `text` stands for.
std::optional<char32_t> code_unit(std::string_view text) {
  if (text.size() < kUnicodeEscape || !text.starts_with("\\u")) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + kUnicodeEscape, value, 16);
  if (error != std::errc() || end != text.data() + kUnicodeEscape) return std::nullopt;
  return value;
}

bool is_high_surrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

struct Escape {
  std::string character;
  std::size_t size = 0;  ///< bytes of the escape
};

Escape read_unicode_escape(std::string_view text) {
  const auto first = code_unit(text);
  if (!first) return {"\\", 1};
  if (is_high_surrogate(*first)) {
    const auto second = code_unit(text.substr(kUnicodeEscape));
    if (second && is_low_surrogate(*second)) {
      const char32_t code = 0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00);
      return {to_utf8({&code, 1}), 2 * kUnicodeEscape};
    }
  }
  const bool is_lone = is_high_surrogate(*first) || is_low_surrogate(*first);
  const char32_t code = is_lone ? 0xFFFD : *first < 0x20 ? U' ' : *first;
  return {to_utf8({&code, 1}), kUnicodeEscape};
}

/// `text` begins with a backslash.
Escape read_escape(std::string_view text) {
  if (text.size() < 2) return {"\\", 1};
  switch (text[1]) {
    case 'u':
      return read_unicode_escape(text);
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return {" ", 2};
    case '"':
    case '\\':
    case '/':
      return {std::string(1, text[1]), 2};
    default:
      return {"\\", 1};
  }
}

}  // namespace

std::string json_as_read(std::string_view json) {
  std::string text;
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t backslash = std::min(json.find('\\', at), json.size());
    text += json.substr(at, backslash - at);
    at = backslash;
    if (at == json.size()) break;
    const Escape escape = read_escape(json.substr(at));
    text += escape.character;
    at += escape.size;
  }
  return text;
}

std::string json_escaped(std::string_view text) {
  const std::string quoted = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace rap
