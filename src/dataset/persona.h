// SPDX-License-Identifier: Apache-2.0
// Who a card is about: a subject with an invented name and invented facts.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/conversation.h"
#include "dataset/facts.h"
#include "dataset/subjects.h"

namespace rap::dataset {

/// One card of a context with all that is known of it.
struct Persona {
  CardRecord card;
  const Subject* subject = nullptr;   ///< whose avatar the card has
  const Subject* depicted = nullptr;  ///< what of the picture the card is about; null = a wrong card
  std::optional<Box> place;           ///< where in the picture that is
  std::string description;            ///< "a brown dog"; what the card's info starts with
  bool is_described = false;          ///< whether the info tells it
  std::vector<Fact> facts;            ///< all that the card tells

  /// Whether one of the facts is of that topic.
  [[nodiscard]] bool tells(std::string_view topic) const;

  /// What it is, in the words of the card; none if the card does not tell that.
  [[nodiscard]] std::optional<std::string> what_the_card_tells() const;
};

/// What a crop shows, with its article: its phrase, or its colour and noun.
[[nodiscard]] std::string description_of(const CropRecord& crop);

/// Invents name, info and attributes. The name is none of `taken` nor contained in any, and stands
/// in none of `texts`; facts mention none of `taken` either. The card has no avatar yet.
[[nodiscard]] Persona make_persona(const Subject& subject, std::span<const std::string> taken,
                                   std::span<const std::string> texts, Random& random);

}  // namespace rap::dataset
