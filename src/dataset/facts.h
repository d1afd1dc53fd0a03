// SPDX-License-Identifier: Apache-2.0
// Things that a card may tell: invented facts, the sentences that state them and the questions
// that ask for them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "dataset/names_pool.h"

namespace rap::dataset {

/// One invented fact about somebody. {N} stands for the name.
struct Fact {
  std::string key;                     ///< as an attribute: "favourite food"; empty = it is told as a sentence only
  std::string value;                   ///< "carrots"
  std::string statement;               ///< "{N} likes carrots"
  std::string topic;                   ///< facts of one topic answer each other's questions (home and address)
  std::vector<std::string> questions;  ///< wordings of a question for it: "What does {N} like?"
};

/// A fact of a random kind that can be told of a person, an animal or a thing, with a random value;
/// names in values belong to `split`.
[[nodiscard]] Fact draw_fact(NameKind about, Split split, Random& random);

/// "Bo likes carrots."
[[nodiscard]] std::string fact_sentence(const Fact& fact, std::string_view name);

/// The same as a note without its subject: "Likes carrots.", "Afraid of storms."
[[nodiscard]] std::string fact_note(const Fact& fact);

/// A question for a fact, one of several wordings: "What does Bo like?"
[[nodiscard]] std::string fact_question(const Fact& fact, std::string_view name, Random& random);

}  // namespace rap::dataset
