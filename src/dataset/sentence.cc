// SPDX-License-Identifier: Apache-2.0
#include "dataset/sentence.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace rap::dataset {
namespace {

using Tokens = std::vector<std::string>;
using WordSet = std::set<std::string_view>;

const WordSet kArticles = {"a", "an", "the", "one", "this"};

/// Words that may stand between an article and a phrase.
const WordSet kLooseAdjectives = {"small",  "large",   "big",   "little", "young",     "old",      "older",  "elderly",
                                  "tall",   "happy",   "cute",  "lone",   "smiling",   "single",   "tiny",   "blond",
                                  "blonde", "playful", "furry", "wet",    "shirtless", "barefoot", "bearded"};

/// Before a phrase these make it a predicate or a comparison, not a mention of somebody.
const WordSet kNoMentionAfter = {"is", "are", "was", "be", "as", "like", "being", "than", "not", "or", "called"};

const WordSet kPrepositions = {"in",      "on",      "at",      "with",   "by",     "near",    "over",    "under",
                               "from",    "to",      "into",    "onto",   "along",  "across",  "through", "behind",
                               "beside",  "next",    "down",    "up",     "off",    "around",  "above",   "inside",
                               "outside", "without", "towards", "toward", "during", "between", "against", "below",
                               "beneath", "among",   "atop",    "after",  "past"};

const WordSet kAuxiliaries = {"is", "are", "has", "does", "was", "can", "have", "do"};

/// Verbs that stand after a name when others do the same ("A man and a dog play").
const WordSet kPluralVerbs = {"play", "sit", "stand", "pose", "walk", "run", "ride", "look", "smile", "watch", "wait"};

const WordSet kSmallFollowers = {"and",  "while",  "as",       "alone", "asleep", "upside",  "together", "both",
                                 "just", "midair", "airborne", "sat",   "ran",    "indoors", "outdoors"};

/// After "and" or a comma these start a part of their own; a bare noun would share the article.
const WordSet kPartStarters = {"a",     "an",    "the",  "another", "his",  "her",     "their",   "its", "one",
                               "two",   "three", "four", "some",    "many", "other",   "several", "who", "with",
                               "while", "and",   "as",   "in",      "on",   "holding", "is",      "are", "looking"};

/// Nouns that look like verbs in the third person.
const WordSet kNounsInS = {"bus", "tennis", "canvas", "jeans", "pants", "shorts", "skis", "sports", "christmas"};

const WordSet kGarments = {"shirt",   "t-shirt",    "tshirt",  "jacket",   "coat",    "hat",       "dress",  "helmet",
                           "suit",    "jersey",     "uniform", "vest",     "cap",     "sweater",   "hoodie", "skirt",
                           "scarf",   "costume",    "robe",    "collar",   "top",     "blouse",    "tie",    "bikini",
                           "wetsuit", "sweatshirt", "outfit",  "bandanna", "harness", "life-vest", "tuxedo", "kilt"};
const WordSet kPluralGarments = {"shorts",   "jeans", "pants",   "glasses",  "sunglasses",
                                 "goggles",  "gear",  "clothes", "clothing", "overalls",
                                 "trousers", "boots", "gloves",  "pajamas",  "headphones"};
const WordSet kWornColours = {"black", "white", "red", "blue", "green", "pink", "yellow", "orange", "brown"};

/// Verbs whose presence means that a participle before them was not the sentence's verb.
const WordSet kFiniteVerbs = {
    "is",     "are",    "has",   "was",      "runs",   "jumps",   "stands", "sits",   "plays",  "walks",  "holds",
    "rides",  "looks",  "leaps", "carries",  "climbs", "watches", "swims",  "wears",  "chases", "takes",  "catches",
    "smiles", "swings", "tries", "performs", "poses",  "makes",   "gets",   "slides", "lays",   "lies",   "throws",
    "shakes", "kicks",  "hits",  "leans",    "eats",   "dances",  "hangs",  "goes",   "drinks", "skis",   "reads",
    "falls",  "blows",  "pulls", "points",   "talks",  "flies",   "rests",  "kneels", "drives", "pushes", "does",
    "stares", "waits",  "races", "stand",    "sit",    "play",    "walk",   "run",    "watch",  "look",   "pose"};

const std::map<std::string_view, int> kNumbers = {{"two", 2}, {"three", 3}, {"four", 4}, {"five", 5}, {"six", 6}};
const WordSet kCountable = {"dogs",    "men",      "women",  "boys",   "girls",    "children", "people", "kids",
                            "horses",  "players",  "birds",  "cats",   "puppies",  "guys",     "ladies", "adults",
                            "surfers", "cyclists", "bikers", "hikers", "toddlers", "friends"};

bool is_punctuation(char character) { return std::string_view(".,!?;:").find(character) != std::string_view::npos; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& character : result) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return result;
}

/// Cuts a word that a blank ends: punctuation at its end and a possessive become tokens.
void add_word(std::string word, Tokens& tokens) {
  std::string tail;
  while (word.size() > 1 && is_punctuation(word.back())) {
    tail.insert(tail.begin(), word.back());
    word.pop_back();
  }
  if (word.size() > 2 && word.ends_with("'s")) {
    tokens.push_back(word.substr(0, word.size() - 2));
    tokens.emplace_back("'s");
  } else {
    tokens.push_back(word);
  }
  for (const char character : tail) tokens.emplace_back(1, character);
}

Tokens tokens_of(std::string_view text) {
  Tokens tokens;
  std::string word;
  for (const char character : text) {
    const bool blank = static_cast<unsigned char>(character) <= 0x20;
    if (!blank) {
      word += character;
    } else if (!word.empty()) {
      add_word(std::exchange(word, {}), tokens);
    }
  }
  if (!word.empty()) add_word(word, tokens);
  return tokens;
}

Tokens lower_all(const Tokens& tokens) {
  Tokens result;
  result.reserve(tokens.size());
  for (const std::string& token : tokens) result.push_back(lower(token));
  return result;
}

/// Whether no blank stands before a token.
bool clings(const std::string& token) {
  return token == "'s" || token == "'" || token == "n't" || token == ")" ||
         (token.size() == 1 && is_punctuation(token[0]));
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

/// Tokens as a sentence with a capital first letter and one full stop.
std::string sentence_of(const Tokens& tokens) {
  std::string text;
  bool in_quotes = false;
  bool glue = true;
  for (const std::string& token : tokens) {
    const bool closes = token == "\"" && in_quotes;
    if (!glue && !clings(token) && !closes) text += ' ';
    text += token;
    glue = token == "(" || (token == "\"" && !in_quotes);
    if (token == "\"") in_quotes = !in_quotes;
  }
  while (!text.empty() && (is_punctuation(text.back()) || text.back() == ' ')) text.pop_back();
  return text.empty() ? text : capitalised(std::move(text)) + '.';
}

bool is_third_person(const std::string& word) {
  return word.size() > 3 && word.ends_with('s') && !word.ends_with("ss") && !kNounsInS.contains(word);
}

bool is_participle(const std::string& word) { return word.size() > 4 && word.ends_with("ing"); }

/// Whether the word after a mention shows that the mention is complete and reads well as a name.
bool may_follow(const Tokens& words, std::size_t at) {
  if (at >= words.size()) return true;
  const std::string& word = words[at];
  const bool last = at + 1 >= words.size();
  if (word == "and" || word == ",")
    return !last && (kPartStarters.contains(words[at + 1]) || is_participle(words[at + 1]));
  if (word == "'s" || (word.size() == 1 && is_punctuation(word[0]))) return true;
  if (kPrepositions.contains(word) || kAuxiliaries.contains(word) || kSmallFollowers.contains(word)) return true;
  return is_participle(word) || is_third_person(word) || (word.size() > 4 && word.ends_with("ed")) ||
         word.ends_with("ly");
}

/// Where a phrase stands in a caption, article included.
struct Mention {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The mention whose words without article start at `core`, if it is one.
std::optional<Mention> mention_at(const Tokens& words, std::size_t core, std::size_t length) {
  std::size_t begin = core;
  while (begin > 0 && core - begin < 2 && kLooseAdjectives.contains(words[begin - 1])) --begin;
  if (begin > 0) {
    if (!kArticles.contains(words[begin - 1])) return std::nullopt;
    --begin;
  }
  if (begin > 0 && kNoMentionAfter.contains(words[begin - 1])) return std::nullopt;
  const std::size_t end = core + length;
  const bool plural = begin > 0 && end < words.size() && kPluralVerbs.contains(words[end]);
  if (!plural && !may_follow(words, end)) return std::nullopt;
  return Mention{begin, end};
}

std::optional<Mention> find_mention(const Tokens& words, const Tokens& phrase) {
  Tokens core = lower_all(phrase);
  if (!core.empty() && kArticles.contains(core.front())) core.erase(core.begin());
  if (core.empty()) return std::nullopt;
  // Only the first mention counts: a later one may be of another of its kind.
  const auto found = std::search(words.begin(), words.end(), core.begin(), core.end());
  if (found == words.end()) return std::nullopt;
  return mention_at(words, static_cast<std::size_t>(found - words.begin()), core.size());
}

Tokens joined(const Tokens& before, const Tokens& after, std::size_t from) {
  Tokens all = before;
  all.insert(all.end(), after.begin() + static_cast<std::ptrdiff_t>(from), after.end());
  return all;
}

/// "Bo is running ..." from what follows the name; none where that is not clear.
std::optional<std::string> doing_of(const Tokens& tokens, const Tokens& words, std::size_t end,
                                    const std::string& name) {
  if (end + 1 >= words.size()) return std::nullopt;
  const std::string& verb = words[end];
  if (words[verb == "is" ? end + 1 : end] == "wearing") return std::nullopt;
  if (verb == "is" && is_participle(words[end + 1])) return sentence_of(joined({name}, tokens, end));
  if (is_participle(verb)) {
    for (std::size_t i = end + 1; i < words.size(); ++i) {
      if (kFiniteVerbs.contains(words[i])) return std::nullopt;
    }
    return sentence_of(joined({name, "is"}, tokens, end));
  }
  if (kFiniteVerbs.contains(verb) && is_third_person(verb) && verb != "wears" && verb != "does")
    return sentence_of(joined({name}, tokens, end));
  return std::nullopt;
}

/// A word that no noun phrase goes past.
bool ends_phrase(const std::string& word) {
  return kPrepositions.contains(word) || word == "and" || word == "of" || is_participle(word);
}

/// The end of the garment that starts at `from`: "a red shirt", "blue jeans"; 0 if none does. Without
/// an article only garments in the plural can stand, and colours as in "dressed in black".
std::size_t garment_end(const Tokens& words, std::size_t from) {
  constexpr std::size_t kMostWords = 5;
  if (from >= words.size()) return 0;
  const bool has_article = words[from] == "a" || words[from] == "an";
  const WordSet& garments = has_article ? kGarments : kPluralGarments;
  for (std::size_t i = from + (has_article ? 1 : 0); i < words.size() && i < from + kMostWords; ++i) {
    if (garments.contains(words[i])) return may_follow(words, i + 1) ? i + 1 : 0;
    if (ends_phrase(words[i]) || (!has_article && kGarments.contains(words[i]))) return 0;
  }
  if (!has_article && kWornColours.contains(words[from]) && may_follow(words, from + 1)) return from + 1;
  return 0;
}

std::optional<std::string> wearing_of(const Tokens& tokens, const Tokens& words, std::size_t end,
                                      const std::string& name) {
  std::size_t from = end;
  if (from < words.size() && words[from] == "is") ++from;
  if (from < words.size() && words[from] == "dressed") ++from;
  if (from >= words.size() || (words[from] != "wearing" && words[from] != "wears" && words[from] != "in"))
    return std::nullopt;
  ++from;
  std::size_t until = garment_end(words, from);
  if (until == 0) return std::nullopt;
  if (until < words.size() && words[until] == "and") {
    if (const std::size_t second = garment_end(words, until + 1); second != 0) until = second;
  }
  const Tokens garment(tokens.begin() + static_cast<std::ptrdiff_t>(from),
                       tokens.begin() + static_cast<std::ptrdiff_t>(until));
  return sentence_of(joined({name, "is", "wearing"}, garment, 0));
}

}  // namespace

std::string tidy_caption(std::string_view caption) { return sentence_of(tokens_of(caption)); }

std::string as_clause(std::string_view sentence, std::string_view name) {
  std::string clause(sentence);
  while (!clause.empty() && is_punctuation(clause.back())) clause.pop_back();
  if (!clause.empty() && (name.empty() || !clause.starts_with(name)))
    clause = lower(clause.substr(0, 1)) + clause.substr(1);
  return clause;
}

std::optional<NamedCaption> name_in_caption(std::string_view caption, std::string_view phrase, std::string_view name) {
  const Tokens tokens = tokens_of(caption);
  const Tokens words = lower_all(tokens);
  const auto mention = find_mention(words, tokens_of(phrase));
  // "There is a dog" introduces somebody unknown.
  if (!mention || words.front() == "there") return std::nullopt;
  const std::string known(name);
  Tokens before(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(mention->begin));
  before.push_back(known);
  NamedCaption named;
  named.is_subject = mention->begin == 0;
  named.text = sentence_of(joined(before, tokens, mention->end));
  if (named.is_subject) named.doing = doing_of(tokens, words, mention->end, known);
  named.wearing = wearing_of(tokens, words, mention->end, known);
  return named;
}

std::optional<Count> count_in_captions(const std::vector<std::string>& captions) {
  std::map<std::pair<std::string, std::string>, int> votes;
  for (const std::string& caption : captions) {
    const Tokens words = lower_all(tokens_of(caption));
    if (words.empty() || !kNumbers.contains(words.front())) continue;
    for (std::size_t i = 1; i < words.size() && i < 5; ++i) {
      if (kCountable.contains(words[i])) {
        ++votes[{words.front(), words[i]}];
        break;
      }
      if (ends_phrase(words[i])) break;
    }
  }
  for (const auto& [count, number] : votes) {
    if (number >= 2) return Count{count.first, count.second};
  }
  return std::nullopt;
}

std::string fill_in(std::string text, std::string_view mark, std::string_view with) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size()))
    text.replace(at, mark.size(), with);
  return text;
}

std::string with_article(std::string_view noun) {
  const bool vowel = !noun.empty() && std::string_view("aeiouAEIOU").find(noun.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(noun);
}

}  // namespace rap::dataset
