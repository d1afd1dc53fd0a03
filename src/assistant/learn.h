// SPDX-License-Identifier: Apache-2.0
// From "that is not Bo" to a change of Bo. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rap/assistant.h"
#include "rap/memory.h"
#include "retrieval/gallery.h"

namespace rap {

/// One thing that feedback says: that a part of a photo shows a concept, or that it does not.
struct Statement {
  Taught taught;                        ///< the concept as it was; its view that says so, if there is one
  std::optional<ConceptChange> change;  ///< what makes a view say so; none if one does
};

/// Fails with kInvalidArgument unless something is said, no concept is named twice and the box lies in
/// the photo.
[[nodiscard]] Result<void> check_feedback(const Feedback& feedback);

/// Everything that checked feedback says, in the order `is_not`, `is`. `recognition` tells where concepts are in
/// the photo, whose sha256 is given. The changes borrow the photo and hold only for the concepts as the gallery
/// has them. Errors as in Assistant::feedback.
[[nodiscard]] Result<std::vector<Statement>> statements_of(const Feedback& feedback, const Gallery& gallery,
                                                           const Recognition& recognition, const std::string& sha256);

}  // namespace rap
