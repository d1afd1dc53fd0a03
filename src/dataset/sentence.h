// SPDX-License-Identifier: Apache-2.0
// Captions as sentences, and what can be read out of them by rule. English only; every function
// rather gives nothing than a sentence that reads badly. Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rap::dataset {

/// A caption with a capital first letter, a full stop, and single spaces where they belong:
/// "a man 's dog runs ." becomes "A man's dog runs.". Empty for a caption without a word.
[[nodiscard]] std::string tidy_caption(std::string_view caption);

/// `sentence` without its full stop and with a small first letter, unless it starts with `name`:
/// for the middle of a longer sentence.
[[nodiscard]] std::string as_clause(std::string_view sentence, std::string_view name);

/// A caption in which a name stands for the thing that a phrase describes, and what it says of it.
struct NamedCaption {
  std::string text;                    ///< "Bo in a red collar runs through the snow."
  bool is_subject = false;             ///< the sentence starts with the name
  std::optional<std::string> doing;    ///< "Bo is running through the snow.", or "Bo runs ..."
  std::optional<std::string> wearing;  ///< "Bo is wearing a red collar."
};

/// Puts `name` in the place of the first mention of `phrase` ("a brown dog", with any article, or
/// none at the start of the caption; sizes and ages may stand before it). Pronouns stay. None if
/// the caption does not mention it, or would read badly: relative clauses, compounds ("a dog
/// sled"), comparisons ("like a dog"), shared articles ("a man and woman").
[[nodiscard]] std::optional<NamedCaption> name_in_caption(std::string_view caption, std::string_view phrase,
                                                          std::string_view name);

/// How many of a thing captions agree on.
struct Count {
  std::string number;  ///< "two" to "six"
  std::string things;  ///< "dogs"

  friend bool operator==(const Count&, const Count&) = default;
};

/// The number that at least two captions start with, for the same things: "Two brown dogs ...".
[[nodiscard]] std::optional<Count> count_in_captions(const std::vector<std::string>& captions);

/// `text` with `with` wherever `mark` stood: fill_in("Where is {N}?", "{N}", "Bo").
[[nodiscard]] std::string fill_in(std::string text, std::string_view mark, std::string_view with);

/// "a" or "an", by the word's first letter.
[[nodiscard]] std::string with_article(std::string_view noun);

}  // namespace rap::dataset
