// SPDX-License-Identifier: Apache-2.0
#include "core/text.h"

#include <utf8proc.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace rap {
namespace {

/// One folded code point and the bytes of the original text it came from.
struct Folded {
  char32_t code = 0;
  TextSpan from;
};

/// The character at the start of a text that is not empty, and its bytes; no bytes where that is not valid UTF-8.
struct Character {
  utf8proc_int32_t code = 0;
  std::size_t size = 0;
};

Character first_character(std::string_view text) {
  Character first;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &first.code);
  if (size > 0) first.size = static_cast<std::size_t>(size);
  return first;
}

bool is_space(utf8proc_int32_t code) {
  const auto category = utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP ||
         (code >= 0x09 && code <= 0x0D) || code == 0x85;
}

bool is_word_character(char32_t code) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return false;
  }
}

/// Folds without collapsing white space (every space becomes U+0020); none for invalid UTF-8.
std::optional<std::vector<Folded>> fold_with_origin(std::string_view text) {
  std::vector<Folded> folded;
  folded.reserve(text.size());
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                                           UTF8PROC_IGNORE | UTF8PROC_STRIPMARK);
  std::size_t at = 0;
  while (at < text.size()) {
    const auto [code, size] = first_character(text.substr(at));
    if (size == 0) return std::nullopt;
    const TextSpan from{at, at + size};
    at = from.end;
    if (is_space(code)) {
      folded.push_back({U' ', from});
      continue;
    }
    std::array<utf8proc_int32_t, 32> parts{};  // the longest decomposition of Unicode has 18
    int boundary = 0;
    const auto count = utf8proc_decompose_char(code, parts.data(), parts.size(), kOptions, &boundary);
    for (utf8proc_ssize_t i = 0; i < count && i < static_cast<utf8proc_ssize_t>(parts.size()); ++i) {
      folded.push_back({static_cast<char32_t>(parts[static_cast<std::size_t>(i)]), from});
    }
  }
  return folded;
}

void append_utf8(std::string& text, char32_t code) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

/// Removes leading, trailing and repeated spaces.
void collapse_spaces(std::vector<Folded>& text) {
  std::vector<Folded> kept;
  kept.reserve(text.size());
  for (const Folded& character : text) {
    if (character.code == U' ' && (kept.empty() || kept.back().code == U' ')) continue;
    kept.push_back(character);
  }
  if (!kept.empty() && kept.back().code == U' ') kept.pop_back();
  text = std::move(kept);
}

/// Whether a word may end between two neighbouring characters.
bool is_boundary(char32_t left, char32_t right) {
  if (!is_word_character(left) || !is_word_character(right)) return true;
  return is_written_without_spaces(left) || is_written_without_spaces(right);
}

/// The end of the marks that follow `end`: folding drops them, but they belong to the letter
/// before. `text` is valid UTF-8.
std::size_t past_marks(std::string_view text, std::size_t end) {
  while (end < text.size()) {
    const auto [code, size] = first_character(text.substr(end));
    const auto category = utf8proc_category(code);
    if (category != UTF8PROC_CATEGORY_MN && category != UTF8PROC_CATEGORY_MC && category != UTF8PROC_CATEGORY_ME) break;
    end += size;
  }
  return end;
}

bool matches_at(const std::vector<Folded>& text, std::size_t at, const std::vector<Folded>& name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (text[at + i].code != name[i].code) return false;
  }
  const std::size_t end = at + name.size();
  // One character may fold to several ("½", a Hangul syllable); a match takes whole characters.
  if (at > 0 && text[at - 1].from.begin == text[at].from.begin) return false;
  if (end < text.size() && text[end - 1].from.begin == text[end].from.begin) return false;
  const bool starts = at == 0 || is_boundary(text[at - 1].code, text[at].code);
  const bool ends = end == text.size() || is_boundary(text[end - 1].code, text[end].code);
  return starts && ends;
}

}  // namespace

bool is_written_without_spaces(char32_t code) {
  struct Range {
    char32_t first, last;
  };
  static constexpr std::array<Range, 9> kRanges{{
      {0x0E00, 0x0EFF},    // Thai, Lao
      {0x1000, 0x109F},    // Myanmar
      {0x1100, 0x11FF},    // Hangul Jamo
      {0x1780, 0x17FF},    // Khmer
      {0x2E80, 0x2FDF},    // radicals
      {0x3005, 0x31FF},    // Kana, Bopomofo, compatibility Jamo
      {0x3400, 0x9FFF},    // Han
      {0xAC00, 0xD7FF},    // Hangul syllables and Jamo extended-B
      {0x20000, 0x3FFFF},  // Han, supplementary planes
  }};
  for (const Range& range : kRanges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

std::u32string to_utf32(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, size] = first_character(text.substr(at));
    if (size == 0) break;
    characters.push_back(static_cast<char32_t>(code));
    at += size;
  }
  return characters;
}

std::string escape_invalid(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t size = first_character(text.substr(at)).size; size > 0) {
      escaped.append(text, at, size);
      at += size;
    } else {
      const auto byte = static_cast<unsigned char>(text[at++]);
      escaped.append("\\x").append(1, kDigits[byte / 16]).append(1, kDigits[byte % 16]);
    }
  }
  return escaped;
}

std::string to_utf8(std::u32string_view text) {
  std::string bytes;
  for (const char32_t code : text) append_utf8(bytes, code);
  return bytes;
}

std::optional<std::size_t> count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const std::size_t size = first_character(text.substr(at)).size;
    if (size == 0) return std::nullopt;
    at += size;
  }
  return count;
}

std::string fold(std::string_view text) {
  auto folded = fold_with_origin(text);
  if (!folded) return {};
  collapse_spaces(*folded);
  std::string result;
  result.reserve(text.size());
  for (const Folded& character : *folded) append_utf8(result, character.code);
  return result;
}

std::optional<std::string> decomposed(std::string_view text) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &mapped, UTF8PROC_DECOMPOSE);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, &std::free);
  if (size < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(owned.get()), static_cast<std::size_t>(size));
}

std::vector<TextSpan> find_name(std::string_view text, std::string_view name) {
  auto folded_text = fold_with_origin(text);
  auto folded_name = fold_with_origin(name);
  if (!folded_text || !folded_name) return {};
  collapse_spaces(*folded_text);
  collapse_spaces(*folded_name);
  std::vector<TextSpan> spans;
  if (folded_name->empty()) return spans;
  std::size_t at = 0;
  while (at + folded_name->size() <= folded_text->size()) {
    if (!matches_at(*folded_text, at, *folded_name)) {
      ++at;
      continue;
    }
    const std::size_t last = at + folded_name->size() - 1;
    spans.push_back({(*folded_text)[at].from.begin, past_marks(text, (*folded_text)[last].from.end)});
    at = last + 1;
  }
  return spans;
}

bool mentions(std::string_view text, std::string_view name) { return !find_name(text, name).empty(); }

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  const auto folded = fold_with_origin(text);
  if (!folded) return result;
  std::string word;
  for (const Folded& character : *folded) {
    if (is_word_character(character.code)) {
      append_utf8(word, character.code);
    } else if (!word.empty()) {
      result.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) result.push_back(std::move(word));
  return result;
}

}  // namespace rap
