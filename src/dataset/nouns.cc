// SPDX-License-Identifier: Apache-2.0
#include "dataset/nouns.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "dataset/word_lists.h"

namespace rap::dataset {
namespace {

constexpr double kNounShare = 0.2;       ///< least share of a word's places where it stands like a noun
constexpr std::string_view kStop = ".";  ///< stands for any punctuation

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '-' || byte >= 0x80;
}

/// Lower-case words; punctuation becomes kStop, and so does the end. "dog's" becomes "dog" "s".
std::vector<std::string> tokens_of(std::string_view caption) {
  std::vector<std::string> tokens;
  bool in_word = false;
  for (const char c : caption) {
    if (is_word_byte(c)) {
      if (!in_word) tokens.emplace_back();
      tokens.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      in_word = true;
      continue;
    }
    in_word = false;
    if (c != ' ' && c != '\'' && c != '"') tokens.emplace_back(kStop);
  }
  tokens.emplace_back(kStop);
  return tokens;
}

bool is_determiner(std::string_view word) {
  const WordClass kind = word_class(word);
  return kind == WordClass::kDeterminer || kind == WordClass::kSeveral;
}

bool ends_phrase(std::string_view word) {
  return word == kStop || word.ends_with("ing") || word_class(word) == WordClass::kPreposition || is_determiner(word);
}

bool is_known_modifier(std::string_view word) {
  const WordClass kind = word_class(word);
  return kind == WordClass::kColour || kind == WordClass::kSize || kind == WordClass::kAge ||
         kind == WordClass::kAdjective;
}

bool is_known_noun(std::string_view word) { return kind_of(preferred(word)).has_value(); }

/// Singulars that a word might be the plural of.
std::vector<std::string> singulars_of(std::string_view word) {
  std::vector<std::string> forms;
  if (const auto irregular = irregular_singular(word)) forms.emplace_back(*irregular);
  if (!word.ends_with("s") || word.size() < 4) return forms;
  forms.emplace_back(word.substr(0, word.size() - 1));
  if (word.ends_with("es")) forms.emplace_back(word.substr(0, word.size() - 2));
  if (word.ends_with("ies")) forms.push_back(std::string(word.substr(0, word.size() - 3)) + "y");
  return forms;
}

bool is_plural(std::string_view word, const Lexicon& lexicon) {
  const auto singulars = singulars_of(word);
  return std::any_of(singulars.begin(), singulars.end(),
                     [&](const std::string& singular) { return lexicon.noun_of(singular).has_value(); });
}

/// Whether "and" or a comma joins two colours here ("black and white").
bool joins_colours(const std::vector<std::string>& tokens, std::size_t at) {
  if (at == 0 || at + 1 >= tokens.size()) return false;
  if (tokens[at] != "and" && tokens[at] != kStop) return false;
  return word_class(tokens[at - 1]) == WordClass::kColour && word_class(tokens[at + 1]) == WordClass::kColour;
}

/// A noun phrase in the tokens: determiner at `begin`, noun at `noun`.
struct Phrase {
  std::size_t begin = 0;
  std::size_t noun = 0;
};

/// The phrase that starts at a determiner: modifiers, then nouns, of which the last is its head. What
/// looks like a plural after a noun, or any noun after a plural, is a verb ("the girl surfs", "two girls surf").
std::optional<Phrase> phrase_at(const std::vector<std::string>& tokens, std::size_t begin, const Lexicon& lexicon) {
  constexpr std::size_t kMostModifiers = 6;
  std::optional<Phrase> phrase;
  for (std::size_t i = begin + 1; i < tokens.size() && i <= begin + kMostModifiers; ++i) {
    const std::string& word = tokens[i];
    const bool is_noun = word_class(word) != WordClass::kPreposition && lexicon.noun_of(word).has_value();
    if (is_noun && phrase && is_plural(word, lexicon)) break;
    if (is_noun) {
      phrase = Phrase{begin, i};
      if (is_plural(word, lexicon)) break;
      continue;
    }
    if (phrase) break;  // what follows the noun is no part of it
    if (ends_phrase(word) && !joins_colours(tokens, i)) break;
  }
  return phrase;
}

std::string join(const std::vector<std::string>& tokens, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    if (tokens[i] == kStop) continue;
    if (!text.empty()) text += ' ';
    text += tokens[i];
  }
  return text;
}

bool is_kind(std::string_view noun, std::string_view kind) { return kind_of(noun) == kind; }

/// The clothes in "in a red shirt and a hat" or "wearing ...", from the word after the noun on.
std::vector<std::string> clothes_at(const std::vector<std::string>& tokens, std::size_t at, const Lexicon& lexicon) {
  std::vector<std::string> clothes;
  if (at >= tokens.size() || (tokens[at] != "in" && tokens[at] != "wearing" && tokens[at] != "wears")) return clothes;
  while (++at < tokens.size()) {
    const std::size_t begin = is_determiner(tokens[at]) ? at : at - 1;  // "in red shorts" has none
    const auto phrase = phrase_at(tokens, begin, lexicon);
    if (!phrase || !is_kind(*lexicon.noun_of(tokens[phrase->noun]), "clothing")) break;
    clothes.push_back(join(tokens, begin + 1, phrase->noun + 1));
    at = phrase->noun + 1;
    if (tokens[at] != "and" && tokens[at] != kStop) break;
  }
  return clothes;
}

bool tells_who(std::string_view noun) { return noun == "man" || noun == "woman" || noun == "boy" || noun == "girl"; }

/// Whether `noun` is a word for anybody (or anything) that `to` says better for the same one.
bool gives_way(std::string_view noun, std::string_view to) {
  if (noun == to || tells_who(noun)) return false;
  for (const std::string_view kind : {"person", "animal", "vehicle"}) {
    if (noun == kind) return is_kind(to, kind);
  }
  if (noun == "child" || noun == "baby") return to == "boy" || to == "girl";
  return is_kind(noun, "person") && tells_who(to);
}

/// "the brown dog" -> "a brown dog"
std::string indefinite(const std::string& phrase) {
  const std::size_t space = phrase.find(' ');
  if (space == std::string::npos) return phrase;
  const std::string rest = phrase.substr(space + 1);
  const bool vowel = std::string_view("aeiou").find(rest.front()) != std::string_view::npos;
  return (vowel && !rest.starts_with("uni") ? "an " : "a ") + rest;
}

/// What is said most often; of equals the first in the alphabet. Empty for nothing.
class Votes {
 public:
  void add(const std::string& value) { ++counts_[value]; }
  [[nodiscard]] std::string winner() const {
    const auto most = std::max_element(counts_.begin(), counts_.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == counts_.end() ? std::string() : most->first;
  }

 private:
  std::map<std::string, std::size_t> counts_;
};

/// All that a photo's captions say of one noun.
struct Evidence {
  std::size_t captions = 0;  ///< that speak of one
  std::size_t several = 0;   ///< that speak of more
  std::vector<const Mention*> mentions;
};

WordClass class_of(const std::string& modifier) {
  // "black and white" is a colour as its first word is
  return word_class(std::string_view(modifier).substr(0, modifier.find(' ')));
}

std::map<std::string, std::string> attributes_of(const std::vector<const Mention*>& mentions, bool is_person) {
  std::map<std::string, Votes> votes;
  for (const Mention* mention : mentions) {
    for (const std::string& modifier : mention->modifiers) {
      const WordClass kind = class_of(modifier);
      if (kind == WordClass::kColour && !is_person) votes["colour"].add(modifier);
      if (kind == WordClass::kSize) votes["size"].add(modifier);
      if (kind == WordClass::kAge) votes["age"].add(modifier);
    }
    for (const std::string& clothes : mention->clothes) votes["wears"].add(clothes);
  }
  std::map<std::string, std::string> attributes;
  for (const auto& [key, vote] : votes) attributes[key] = vote.winner();
  return attributes;
}

/// How much a phrase tells. The colour of a person's skin is no description that anybody asked for.
int telling(const Mention& mention, bool is_person) {
  int sum = 0;
  for (const std::string& modifier : mention.modifiers) {
    const WordClass kind = class_of(modifier);
    if (kind == WordClass::kColour)
      sum += is_person ? -1 : 1;
    else if (kind != WordClass::kOther)
      ++sum;
  }
  return sum;
}

/// The phrase that tells most; of equals the first.
std::string most_telling_phrase(const std::vector<const Mention*>& mentions, bool is_person) {
  const auto best = std::max_element(mentions.begin(), mentions.end(), [&](const Mention* a, const Mention* b) {
    return telling(*a, is_person) < telling(*b, is_person);
  });
  return best == mentions.end() ? std::string() : indefinite((*best)->phrase);
}

/// What the captions say of each nameable noun. `mentions` holds one list a caption.
std::map<std::string, Evidence> gather(const std::vector<std::vector<Mention>>& mentions) {
  std::map<std::string, Evidence> found;
  for (const auto& caption : mentions) {
    std::map<std::string, std::size_t> here;
    for (const Mention& mention : caption) {
      if (!is_nameable(mention.noun)) continue;
      here[mention.noun] += mention.plural ? 2 : 1;
      if (!mention.plural) found[mention.noun].mentions.push_back(&mention);
    }
    for (const auto& [noun, count] : here) ++(count == 1 ? found[noun].captions : found[noun].several);
  }
  return found;
}

}  // namespace

Lexicon Lexicon::learn(std::span<const std::string> captions, std::size_t least) {
  std::unordered_map<std::string, std::size_t> as_noun;
  std::unordered_map<std::string, std::size_t> anywhere;
  for (const std::string& caption : captions) {
    const std::vector<std::string> tokens = tokens_of(caption);
    for (const std::string& word : tokens) ++anywhere[word];
    for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
      if (!is_determiner(tokens[i])) continue;
      std::size_t at = i + 1;
      while (at + 1 < tokens.size() && is_known_modifier(tokens[at])) ++at;
      if (ends_phrase(tokens[at]) || !ends_phrase(tokens[at + 1])) continue;
      ++as_noun[tokens[at]];
    }
  }
  Lexicon lexicon;
  for (const auto& [word, count] : as_noun) {
    if (is_abstract(word) || irregular_singular(word)) continue;
    const auto places = static_cast<double>(anywhere[word]);
    if (count >= least && static_cast<double>(count) >= kNounShare * places) lexicon.nouns_.emplace(word, count);
  }
  // A plural that stood like a noun is not a noun of its own.
  std::erase_if(lexicon.nouns_, [&](const auto& entry) {
    const auto singulars = singulars_of(entry.first);
    return std::any_of(singulars.begin(), singulars.end(), [&](const std::string& singular) {
      return lexicon.nouns_.contains(singular) || is_abstract(singular);
    });
  });
  return lexicon;
}

std::optional<std::string> Lexicon::noun_of(std::string_view word) const {
  if (nouns_.contains(std::string(word)) || is_known_noun(word)) return std::string(preferred(word));
  for (const std::string& singular : singulars_of(word)) {
    if (nouns_.contains(singular) || is_known_noun(singular)) return std::string(preferred(singular));
  }
  return std::nullopt;
}

std::vector<Mention> find_mentions(std::string_view caption, const Lexicon& lexicon) {
  const std::vector<std::string> tokens = tokens_of(caption);
  std::vector<Mention> mentions;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!is_determiner(tokens[i])) continue;
    const auto phrase = phrase_at(tokens, i, lexicon);
    if (!phrase) continue;
    Mention mention{.noun = *lexicon.noun_of(tokens[phrase->noun]),
                    .phrase = join(tokens, i, phrase->noun + 1),
                    .modifiers = {},
                    .clothes = clothes_at(tokens, phrase->noun + 1, lexicon),
                    .plural = word_class(tokens[i]) == WordClass::kSeveral || is_plural(tokens[phrase->noun], lexicon)};
    for (std::size_t at = i + 1; at < phrase->noun; ++at) {
      if (joins_colours(tokens, at)) {
        mention.modifiers.back() += " and " + tokens[at + 1];
        ++at;
      } else if (tokens[at] != kStop) {
        mention.modifiers.push_back(tokens[at]);
      }
    }
    mentions.push_back(std::move(mention));
    i = phrase->noun;
  }
  return mentions;
}

std::string category_of(std::string_view noun) { return std::string(kind_of(noun).value_or(noun)); }

bool is_nameable(std::string_view noun) {
  const std::string_view kind = kind_of(noun).value_or(noun);
  return kind != "scenery" && kind != "clothing" && kind != "body part" && !is_abstract(noun);
}

std::vector<Described> describe_photo(std::span<const std::string> captions, const Lexicon& lexicon) {
  std::vector<std::vector<Mention>> mentions;
  for (const std::string& caption : captions) mentions.push_back(find_mentions(caption, lexicon));
  std::map<std::string, Evidence> found = gather(mentions);
  for (auto& [noun, evidence] : found) {
    for (auto& [other, better] : found) {
      if (better.captions == 0 || !gives_way(noun, other)) continue;
      better.captions += evidence.captions;
      evidence.captions = 0;
    }
  }
  const std::size_t least = std::min<std::size_t>(2, captions.size());
  std::vector<Described> things;
  for (const auto& [noun, evidence] : found) {
    if (evidence.captions < least || 2 * evidence.several >= evidence.captions) continue;
    const bool is_person = is_kind(noun, "person");
    things.push_back({.noun = noun,
                      .category = category_of(noun),
                      .phrase = most_telling_phrase(evidence.mentions, is_person),
                      .attributes = attributes_of(evidence.mentions, is_person),
                      .captions = evidence.captions});
  }
  std::stable_sort(things.begin(), things.end(),
                   [](const Described& a, const Described& b) { return a.captions > b.captions; });
  return things;
}

}  // namespace rap::dataset
