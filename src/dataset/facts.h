// SPDX-License-Identifier: Apache-2.0
// Things that a card may tell: invented facts, the sentences that state them and the questions
// that ask for them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "dataset/names_pool.h"

namespace rap::dataset {

/// One invented fact about somebody.
struct Fact {
  std::size_t kind = 0;   ///< one of fact_kinds_of()
  std::string key;        ///< as an attribute: "favourite food"
  std::string value;      ///< "carrots"
  std::string predicate;  ///< "likes carrots": the name before it and a full stop make a sentence
};

/// Kinds that can be told of a person, an animal or a thing.
[[nodiscard]] const std::vector<std::size_t>& fact_kinds_of(NameKind about);

/// A fact of a kind with a value drawn at random; names in values belong to `split`.
[[nodiscard]] Fact draw_fact(std::size_t kind, Split split, Random& random);

/// Whether two kinds of facts answer each other's questions (home and address), so that no card
/// should have both.
[[nodiscard]] bool same_topic(std::size_t left, std::size_t right);

/// "Bo likes carrots."
[[nodiscard]] std::string fact_sentence(const Fact& fact, std::string_view name);

/// The same as a note without its subject: "Likes carrots.", "Afraid of storms."
[[nodiscard]] std::string fact_note(const Fact& fact);

/// A question for a kind of fact, one of several wordings: "What does Bo like?"
[[nodiscard]] std::string fact_question(std::size_t kind, std::string_view name, Random& random);

}  // namespace rap::dataset
