// SPDX-License-Identifier: Apache-2.0
#include "evaluation/caption_words.h"

#include <array>
#include <utility>

namespace rap::evaluation {
namespace {

constexpr std::array<std::string_view, 7> kClitics{"n't", "'s", "'re", "'ve", "'ll", "'d", "'m"};

bool is_letter_or_digit(char character) {
  // Bytes from 0x80 on are parts of letters of other scripts.
  const auto byte = static_cast<unsigned char>(character);
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

/// Adds a run of letters, digits, apostrophes and hyphens.
void add_run(std::string_view run, Words& words) {
  std::string_view clitic;
  for (const std::string_view ending : kClitics) {
    if (run.ends_with(ending)) clitic = ending;
  }
  if (clitic.size() < run.size()) run.remove_suffix(clitic.size());
  const auto is_edge = [](char character) { return character == '\'' || character == '-'; };
  // A run may be nothing but a clitic: "the man 's hat" comes with its words already apart.
  if (run != clitic) {
    while (!run.empty() && is_edge(run.front())) run.remove_prefix(1);
    while (!run.empty() && is_edge(run.back())) run.remove_suffix(1);
    if (!run.empty()) words.emplace_back(run);
  }
  if (!clitic.empty()) words.emplace_back(clitic);
}

}  // namespace

Words caption_words(std::string_view caption) {
  Words words;
  std::string run;
  for (const char original : caption) {
    const char character = lower(original);
    if (is_letter_or_digit(character) || character == '\'' || character == '-') {
      run += character;
    } else if (!run.empty()) {
      add_run(std::exchange(run, {}), words);
    }
  }
  if (!run.empty()) add_run(run, words);
  return words;
}

}  // namespace rap::evaluation
