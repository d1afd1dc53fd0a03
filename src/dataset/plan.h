// SPDX-License-Identifier: Apache-2.0
// Which contexts a set's conversations will have: decided before any picture is made.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dataset/compose.h"
#include "dataset/subjects.h"
#include "dataset/synthesise.h"

namespace rap::dataset {

/// A card to be made.
struct PlannedCard {
  std::size_t shown_by = 0;             ///< the subject whose avatar and description it has
  std::size_t view = 0;                 ///< which avatar of it
  std::optional<std::size_t> depicted;  ///< the subject of the picture that it is about; none = a wrong card
};

/// A context to be made. A text-only one has no photos, a composed one more than one.
struct PlannedContext {
  std::string key;
  Split split = Split::kTrain;
  std::vector<const PhotoRecord*> photos;
  Layout layout = Layout::kRow;  ///< of a composition
  std::vector<PlannedCard> cards;

  [[nodiscard]] bool is_composed() const { return photos.size() > 1; }
  [[nodiscard]] bool is_text_only() const { return photos.empty(); }
};

/// Plans the contexts of all photos, in their order, then those of text alone. Each context's
/// choices depend on the seed and its key only.
[[nodiscard]] std::vector<PlannedContext> plan_contexts(const std::vector<PhotoRecord>& photos,
                                                        const Subjects& subjects, const SynthesisOptions& options);

}  // namespace rap::dataset
