// SPDX-License-Identifier: Apache-2.0
// Unicode text as rap compares it. All functions take UTF-8 and are thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rap {

/// Number of Unicode characters (code points), or none if `text` is not valid UTF-8.
[[nodiscard]] std::optional<std::size_t> count_characters(std::string_view text);

/// Folds case, accents, width and compatibility forms, so that "ZOË", "zoe" and "Ｚｏé" are equal;
/// runs of white space become one space, the ends are trimmed. Invalid UTF-8 gives "".
/// Unicode NFKD without marks, then case folding (UAX #15, UAX #21).
[[nodiscard]] std::string fold(std::string_view text);

/// The text with every character taken apart canonically (NFD, UAX #15), or none if it is not valid UTF-8.
[[nodiscard]] std::optional<std::string> decomposed(std::string_view text);

/// A stretch of the original text: bytes [begin, end).
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Where `name` stands in `text` as a whole word (or words), both folded for the comparison, so
/// "bo" finds "Bo" and "Bo's" but not "Bob". A neighbour that is a letter, digit or mark of the
/// same kind of script ends the match; scripts written without spaces (Han, Kana, Thai, Hangul
/// with its particles, ...) match anywhere. Spans do not overlap.
[[nodiscard]] std::vector<TextSpan> find_name(std::string_view text, std::string_view name);

/// Whether find_name() would find any.
[[nodiscard]] bool mentions(std::string_view text, std::string_view name);

/// The folded words of a text: maximal runs of letters and digits.
[[nodiscard]] std::vector<std::string> words(std::string_view text);

/// The characters of a text; stops at the first byte that is not valid UTF-8.
[[nodiscard]] std::u32string to_utf32(std::string_view text);
[[nodiscard]] std::string to_utf8(std::u32string_view text);

/// The text with each byte that is not valid UTF-8 as "\\xFF", so that names of files can stand in JSON and stay apart.
[[nodiscard]] std::string escape_invalid(std::string_view text);

/// Whether a folded character belongs to a script whose words are not set apart by spaces, or
/// that glues particles to a name (Hangul, folded to Jamo by NFKD).
[[nodiscard]] bool is_written_without_spaces(char32_t code);

}  // namespace rap
