// SPDX-License-Identifier: Apache-2.0
// Things that captions speak of: a small finder of English noun phrases. It knows the closed word
// classes (determiners, prepositions, colours, ...) and learns from the captions themselves which
// words are nouns. All functions are pure and thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rap::dataset {

/// The nouns of a corpus of captions.
class Lexicon {
 public:
  /// Learns nouns beyond those of dataset/word_lists.h. A word is taken for a noun if it follows a
  /// determiner (with adjectives and colours between) and ends its phrase, in at least a fifth of
  /// the places where it stands and in at least `least` of them; words for parts, views and events
  /// ("side", "photo", "jump") are not.
  [[nodiscard]] static Lexicon learn(std::span<const std::string> captions, std::size_t least = 20);

  /// The singular noun that a lower-case word is a form of ("dogs" -> "dog", "men" -> "man"), by the
  /// name that is used for it here ("kid" -> "child"); none if the word is no noun.
  [[nodiscard]] std::optional<std::string> noun_of(std::string_view word) const;

 private:
  std::unordered_map<std::string, std::size_t> nouns_;  ///< with how often each was seen as one
};

/// One noun phrase of a caption.
struct Mention {
  std::string noun;                    ///< as Lexicon::noun_of gives it
  std::string phrase;                  ///< from its determiner to the noun: "a brown dog"
  std::vector<std::string> modifiers;  ///< the words between them: "brown"
  std::vector<std::string> clothes;    ///< "in a red shirt and a hat" -> "red shirt", "hat"
  bool plural = false;                 ///< it speaks of several
};

/// The noun phrases of a caption, in order.
[[nodiscard]] std::vector<Mention> find_mentions(std::string_view caption, const Lexicon& lexicon);

/// What kind of thing a noun is ("dog" -> "animal"); the noun itself if that is not known.
[[nodiscard]] std::string category_of(std::string_view noun);

/// Whether a noun means something that a person could give a name to: not scenery, clothes, parts
/// of a body or of a building.
[[nodiscard]] bool is_nameable(std::string_view noun);

/// One thing in a photo, as its captions together describe it.
struct Described {
  std::string noun;
  std::string category;
  std::string phrase;                             ///< the most telling one of the captions
  std::map<std::string, std::string> attributes;  ///< "colour", "size", "age", "wears"
  std::size_t captions = 0;                       ///< how many of them mention it
};

/// The nameable single things that a photo's captions agree on, the most mentioned first: each is
/// mentioned in at least two captions if there are as many, and never as one of several, since a
/// photo of two dogs does not say which of them a phrase means. A word for anybody ("person",
/// "player") gives way to a telling one ("girl").
[[nodiscard]] std::vector<Described> describe_photo(std::span<const std::string> captions, const Lexicon& lexicon);

}  // namespace rap::dataset
