// SPDX-License-Identifier: Apache-2.0
#include "dataset/persona.h"

#include <algorithm>

#include "core/text.h"
#include "dataset/sentence.h"

namespace rap::dataset {
namespace {

constexpr float kDescribedShare = 0.75F;
constexpr float kNoteShare = 0.3F;       ///< of sentences without the name: "Afraid of storms."
constexpr float kAttributeShare = 0.5F;  ///< of facts with a key: attributes, not sentences
constexpr float kColourShare = 0.2F;     ///< of known colours that are attributes
constexpr std::size_t kMostFacts = 4;
constexpr int kTries = 20;

bool mentions_any(std::string_view text, std::span<const std::string> names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return mentions(text, name); });
}

bool is_free(std::string_view name, std::span<const std::string> taken, std::span<const std::string> texts) {
  const auto stands_in = [&](const std::string& text) { return mentions(text, name); };
  return std::none_of(taken.begin(), taken.end(), stands_in) && std::none_of(texts.begin(), texts.end(), stands_in) &&
         !mentions_any(name, taken);
}

void append(std::string& text, const std::string& sentence) {
  if (!text.empty()) text += ' ';
  text += sentence;
}

/// A fact of a topic of its own, if one is found.
std::optional<Fact> another_fact(const Persona& persona, std::span<const std::string> taken, Random& random) {
  for (int i = 0; i < kTries; ++i) {
    Fact fact = draw_fact(persona.subject->kind, persona.subject->photo->split, random);
    if (persona.tells(fact.topic)) continue;
    if (!mentions_any(fact.value, taken) && !mentions(fact.value, persona.card.name)) return fact;
  }
  return std::nullopt;
}

void tell_description(Persona& persona, Random& random) {
  persona.is_described = random.chance(kDescribedShare);
  if (!persona.is_described) return;
  persona.card.info = random.chance(kNoteShare) ? tidy_caption(persona.description)
                                                : persona.card.name + " is " + persona.description + '.';
}

void tell_fact(Persona& persona, Fact fact, Random& random) {
  if (!fact.key.empty() && random.chance(kAttributeShare)) {
    persona.card.attributes[fact.key] = fact.value;
  } else {
    append(persona.card.info, random.chance(kNoteShare) ? fact_note(fact) : fact_sentence(fact, persona.card.name));
  }
  persona.facts.push_back(std::move(fact));
}

}  // namespace

bool Persona::tells(std::string_view topic) const {
  return std::any_of(facts.begin(), facts.end(), [&](const Fact& fact) { return fact.topic == topic; });
}

std::optional<std::string> Persona::what_the_card_tells() const {
  if (is_described) return description;
  // Without info a card says its category (see card_text() of generation/prompt.cc).
  return card.info.empty() ? std::optional(with_article(card.category)) : std::nullopt;
}

std::string description_of(const CropRecord& crop) {
  std::string phrase = crop.phrase;
  for (const std::string_view article : {"the ", "The ", "A ", "An ", "a ", "an ", "one ", "One "}) {
    if (phrase.starts_with(article)) {
      phrase = phrase.substr(article.size());
      break;
    }
  }
  if (!phrase.empty()) return with_article(phrase);
  const auto colour = crop.attributes.find("colour");
  return with_article(colour == crop.attributes.end() ? crop.noun : colour->second + ' ' + crop.noun);
}

Persona make_persona(const Subject& subject, std::span<const std::string> taken, std::span<const std::string> texts,
                     Random& random) {
  Persona persona;
  persona.subject = &subject;
  persona.description = description_of(*subject.crop);
  persona.card.category = subject.crop->noun;
  persona.card.name = NamesPool::instance().draw(subject.photo->split, subject.kind, random,
                                                 [&](std::string_view name) { return is_free(name, taken, texts); });
  tell_description(persona, random);
  const std::size_t facts = random.below(kMostFacts + 1);
  for (std::size_t i = 0; i < facts; ++i) {
    if (auto fact = another_fact(persona, taken, random)) tell_fact(persona, std::move(*fact), random);
  }
  if (const auto colour = subject.crop->attributes.find("colour");
      colour != subject.crop->attributes.end() && random.chance(kColourShare))
    persona.card.attributes["colour"] = colour->second;
  return persona;
}

}  // namespace rap::dataset
