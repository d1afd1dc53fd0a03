// SPDX-License-Identifier: Apache-2.0
// The words that the finder of noun phrases knows. All lower case, singular.
#pragma once

#include <optional>
#include <string_view>

namespace rap::dataset {

/// What a word is, as far as the finder cares.
enum class WordClass {
  kOther,        ///< an adjective, a noun, a verb: not known by itself
  kDeterminer,   ///< "a", "the", "his", "one"
  kSeveral,      ///< a determiner of several: "two", "some"
  kColour,       ///< "brown"
  kSize,         ///< "small"
  kAge,          ///< "young"
  kAdjective,    ///< other words that stand before nouns
  kPreposition,  ///< "in", "of", and other words that end a phrase: "and", "is", "who"
};

[[nodiscard]] WordClass word_class(std::string_view word);

/// Whether a word that stands like a noun means a part, a view, an event, an amount.
[[nodiscard]] bool is_abstract(std::string_view word);

/// The kind of a noun, for those that are known ("dog" -> "animal").
[[nodiscard]] std::optional<std::string_view> kind_of(std::string_view noun);

/// The noun used here for another that means the same ("kid" -> "child"), or the noun itself.
[[nodiscard]] std::string_view preferred(std::string_view noun);

/// The singular of a plural that is not made with s ("men" -> "man").
[[nodiscard]] std::optional<std::string_view> irregular_singular(std::string_view word);

}  // namespace rap::dataset
