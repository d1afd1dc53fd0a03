// SPDX-License-Identifier: Apache-2.0
#include "memory/search_terms.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "core/text.h"

namespace rap {
namespace {

/// Words of a question that say nothing about a concept. Sorted.
constexpr std::array<std::string_view, 58> kFunctionWords{
    "a",   "about", "am",   "an",   "and",  "are",   "as",    "at",    "be",    "by",   "can",  "could",
    "did", "do",    "does", "for",  "from", "had",   "has",   "have",  "he",    "her",  "his",  "how",
    "i",   "in",    "is",   "it",   "its",  "me",    "my",    "of",    "on",    "or",   "our",  "s",
    "she", "t",     "tell", "that", "the",  "their", "them",  "there", "these", "they", "this", "to",
    "was", "we",    "were", "what", "when", "where", "which", "who",   "with",  "you"};
static_assert(std::ranges::is_sorted(kFunctionWords));

/// The syllable of folded Hangul that starts at `at`, put together again from its Jamo (Unicode
/// standard, section 3.12), and how many Jamo it took; none if there is none.
struct Syllable {
  char32_t code = 0;
  std::size_t jamo = 0;
};

std::optional<Syllable> compose_hangul(std::u32string_view text, std::size_t at) {
  constexpr char32_t kFirstLead = 0x1100, kFirstVowel = 0x1161, kFirstTail = 0x11A8, kFirstSyllable = 0xAC00;
  constexpr char32_t kLeads = 19, kVowels = 21, kTails = 27;
  if (at + 1 >= text.size()) return std::nullopt;
  const char32_t lead = text[at] - kFirstLead;
  const char32_t vowel = text[at + 1] - kFirstVowel;
  if (text[at] < kFirstLead || lead >= kLeads || text[at + 1] < kFirstVowel || vowel >= kVowels) return std::nullopt;
  const char32_t open = kFirstSyllable + (lead * kVowels + vowel) * (kTails + 1);
  if (at + 2 < text.size() && text[at + 2] >= kFirstTail && text[at + 2] - kFirstTail < kTails) {
    return Syllable{open + (text[at + 2] - kFirstTail) + 1, 3};
  }
  return Syllable{open, 2};
}

std::u32string with_syllables(std::u32string_view word) {
  std::u32string composed;
  for (std::size_t at = 0; at < word.size();) {
    const auto syllable = compose_hangul(word, at);
    composed.push_back(syllable ? syllable->code : word[at]);
    at += syllable ? syllable->jamo : 1;
  }
  return composed;
}

/// What the terms are for: an index also holds the single characters of an unspaced run, so that
/// a question of one character finds them.
enum class Use { kIndex, kQuery };

void append_pairs(std::u32string_view run, Use use, std::vector<std::string>& terms) {
  if (use == Use::kIndex || run.size() == 1) {
    for (const char32_t& code : run) terms.push_back(to_utf8({&code, 1}));
  }
  for (std::size_t at = 0; at + 1 < run.size(); ++at) terms.push_back(to_utf8(run.substr(at, 2)));
}

/// Splits a word where spaced and unspaced scripts meet.
void append_terms(std::u32string_view word, Use use, std::vector<std::string>& terms) {
  while (!word.empty()) {
    const bool unspaced = is_written_without_spaces(word.front());
    const auto end =
        std::ranges::find_if(word, [unspaced](char32_t code) { return is_written_without_spaces(code) != unspaced; });
    const auto size = static_cast<std::size_t>(end - word.begin());
    if (unspaced) {
      append_pairs(word.substr(0, size), use, terms);
    } else {
      terms.push_back(to_utf8(word.substr(0, size)));
    }
    word.remove_prefix(size);
  }
}

std::vector<std::string> terms_of(std::string_view text, Use use) {
  std::vector<std::string> terms;
  for (const std::string& word : words(text)) append_terms(with_syllables(to_utf32(word)), use, terms);
  return terms;
}

}  // namespace

std::vector<std::string> index_terms(std::string_view text) { return terms_of(text, Use::kIndex); }

std::vector<std::string> query_terms(std::string_view question) {
  std::vector<std::string> terms;
  std::set<std::string> seen;
  for (std::string& term : terms_of(question, Use::kQuery)) {
    if (terms.size() == kQueryTerms) break;
    if (std::ranges::binary_search(kFunctionWords, std::string_view(term))) continue;
    if (seen.insert(term).second) terms.push_back(std::move(term));
  }
  return terms;
}

}  // namespace rap
