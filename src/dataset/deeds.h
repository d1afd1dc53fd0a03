// SPDX-License-Identifier: Apache-2.0
// Facts put together from verbs and sentence forms: "Bo was painted by Mia", "Bo sailed to Oslo last
// week". The hand-written kinds of facts.cc are few enough to be learnt by heart; of these there are
// so many that answering a question for one is only learnt as finding the sentence that tells it.
#pragma once

#include "dataset/facts.h"

namespace rap::dataset {

/// A fact of a random form about a person, an animal or a thing; names in it belong to `split`. It
/// has no key.
[[nodiscard]] Fact draw_deed(NameKind about, Split split, Random& random);

}  // namespace rap::dataset
