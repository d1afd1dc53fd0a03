// SPDX-License-Identifier: Apache-2.0
// What retrieval would say about a card: simulated, as often right and wrong as the real one is.
#pragma once

#include <optional>

#include "core/random.h"
#include "dataset/conversation.h"
#include "rap/types.h"

namespace rap::dataset {

/// How often retrieval says "yes" (probability of 0.5 or more) and "maybe" (0.15 to 0.5), see
/// generation's seen_text(); the rest of the time it says "no".
struct SeenRates {
  float yes = 0.0F;
  float maybe = 0.0F;
};

struct EvidenceOptions {
  SeenRates right{0.90F, 0.06F};  ///< of a card whose concept the photo shows
  SeenRates wrong{0.03F, 0.04F};  ///< of any other card
  float jitter_share = 0.4F;      ///< how often the box is not exactly the true one
  float jitter = 0.04F;           ///< then by up to this share of the photo an edge
};

/// Sets `seen` and `box` of a card. `truth` is where the photo shows its concept; none = nowhere.
/// A "yes" or "maybe" has a box: near the truth, or anywhere if there is none; a "no" has none.
void simulate_evidence(CardRecord& card, const std::optional<Box>& truth, const EvidenceOptions& options,
                       Random& random);

}  // namespace rap::dataset
