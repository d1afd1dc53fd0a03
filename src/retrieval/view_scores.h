// SPDX-License-Identifier: Apache-2.0
// What views say about a region together: confirmed ones, those learnt from feedback, counter-examples.
#pragma once

#include <cstddef>
#include <span>

#include "rap/types.h"

namespace rap {

/// What one row of a gallery - an embedding of a view - says about its concept.
struct ViewRow {
  enum class Kind { kConfirmed, kLearnt, kCounterExample };

  std::size_t concept_index = 0;
  Kind kind = Kind::kConfirmed;
  float vouched = 0.0F;  ///< of a learnt row: its similarity to the best confirmed row of its concept; -1 without one
};

/// What the rows of a view say.
[[nodiscard]] ViewRow::Kind kind_of(const View& view);

/// Similarity of a concept that nothing in the memory can be compared with.
inline constexpr float kNoView = -1.0F;

/// Turns the similarities of one region with rows of a gallery into its similarity with each concept
/// (kNoView where there is nothing to compare), which must be kNoView before the first rows:
/// - The best confirmed view counts.
/// - A learnt view lifts that by half of the way to its own similarity, and not above the similarity that
///   the confirmed views have with it: what only learnt views say moves nothing. Where the region is
///   nearly the picture that was learnt from, the user has spoken about it: it counts fully.
/// - A counter-example that is closer to the region than the views of its concept are takes the concept
///   out of the region; where it is farther away the effect fades.
/// Distances are compared with each other, not with constants, so that encoders may differ.
/// Rows must come in the order of Gallery: confirmed ones first, then the others, concept by concept. They may come in
/// several parts: see end_of_part().
/// All spans but `by_concept` have one element a row. Pure.
void score_concepts(std::span<const float> similarities, std::span<const ViewRow> rows, std::span<float> by_concept);

/// Where a part of about `count` rows from `first` on ends: rows that are not confirmed stay with the others of their
/// concept.
[[nodiscard]] std::size_t end_of_part(std::span<const ViewRow> rows, std::size_t first, std::size_t count);

}  // namespace rap
