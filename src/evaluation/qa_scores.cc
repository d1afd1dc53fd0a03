// SPDX-License-Identifier: Apache-2.0
#include "evaluation/qa_scores.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.h"

namespace rap::evaluation {
namespace {

bool is_article(const std::string& word) { return word == "a" || word == "an" || word == "the"; }

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

/// Four numbers between '[' and ']', at the start of `text`.
std::optional<std::array<float, 4>> four_numbers(std::string_view text) {
  std::array<float, 4> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  char before = '[';
  for (float& number : numbers) {
    if (at == end || *at++ != before) return std::nullopt;
    while (at != end && *at == ' ') ++at;
    const auto [after, error] = std::from_chars(at, end, number);
    if (error != std::errc()) return std::nullopt;
    at = after;
    before = ',';
  }
  if (at == end || *at != ']') return std::nullopt;
  return numbers;
}

}  // namespace

std::string normalised_answer(std::string_view answer) {
  std::string normalised;
  for (const std::string& word : words(answer)) {
    if (is_article(word)) continue;
    if (!normalised.empty()) normalised += ' ';
    normalised += word;
  }
  return normalised;
}

bool is_exactly(std::string_view answer, std::span<const std::string> values) {
  const std::string given = normalised_answer(answer);
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& value) { return given == normalised_answer(value); });
}

bool says_any(std::string_view answer, std::span<const std::string> values) {
  return std::any_of(values.begin(), values.end(), [&](const std::string& value) { return mentions(answer, value); });
}

std::optional<bool> yes_or_no(std::string_view answer) {
  for (const std::string& word : words(answer)) {
    if (word == "yes") return true;
    if (word == "no") return false;
  }
  return std::nullopt;
}

std::optional<char> chosen_letter(std::string_view answer) {
  const std::size_t first = answer.find_first_not_of(" \t\n(\"'");
  if (first == std::string_view::npos || !is_letter(answer[first])) return std::nullopt;
  const bool stands_alone =
      first + 1 == answer.size() || std::string_view(".):, \n\"'").find(answer[first + 1]) != std::string_view::npos;
  // "A dog." is an answer in words: a letter that stands for an option has a mark or nothing behind it.
  if (!stands_alone || (first + 1 < answer.size() && answer[first + 1] == ' ')) return std::nullopt;
  const char letter = answer[first];
  return letter >= 'a' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

std::optional<Box> box_in(std::string_view answer) {
  for (std::size_t at = answer.find('['); at != std::string_view::npos; at = answer.find('[', at + 1)) {
    const auto numbers = four_numbers(answer.substr(at));
    if (!numbers) continue;
    const auto [left, top, right, bottom] = *numbers;
    if (right > left && bottom > top) {
      return Box{left / 100.0F, top / 100.0F, (right - left) / 100.0F, (bottom - top) / 100.0F};
    }
  }
  return std::nullopt;
}

}  // namespace rap::evaluation
