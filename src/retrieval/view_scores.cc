// SPDX-License-Identifier: Apache-2.0
#include "retrieval/view_scores.h"

#include <algorithm>
#include <cmath>

namespace rap {
namespace {

constexpr float kLearntShare = 0.5F;  ///< of the way from confirmed to learnt that a learnt view lifts

/// How much nearer to a learnt view than that is to the confirmed ones a region must be to be the same picture
/// for certain, and from where on it certainly is another; as parts of that distance.
constexpr float kSamePicture = 1.0F / 16.0F;
constexpr float kOtherPicture = 1.0F / 8.0F;

/// A counter-example that is this many times as far away as the concept's own views no longer counts.
constexpr float kOutOfReach = 1.05F;

constexpr float kUnrelated = 0.0F;  ///< similarity of embeddings that have nothing in common

/// Half the squared distance of two embeddings of length 1.
float distance(float similarity) { return std::max(1.0F - similarity, 0.0F); }

/// 1 at `to` and beyond, 0 up to `from` where that is less.
float ramp(float value, float from, float to) {
  if (value >= to) return 1.0F;
  return value <= from ? 0.0F : (value - from) / (to - from);
}

/// The similarity of a concept whose confirmed views give `own`, with a learnt view at `learnt`.
float lifted(float own, float learnt, float vouched) {
  const float allowed = std::max(own, std::lerp(own, std::min(learnt, vouched), kLearntShare));
  const float scale = distance(std::max(vouched, kUnrelated));
  const float is_other = ramp(distance(learnt), kSamePicture * scale, kOtherPicture * scale);
  return std::max(own, std::lerp(learnt, allowed, is_other));
}

/// The similarity of a concept in a region whose best counter-example is at `counter`.
float vetoed(float own, float counter) {
  if (own <= kUnrelated) return own;
  const float reach = distance(own);
  return std::lerp(kUnrelated, own, ramp(distance(counter), reach, reach * kOutOfReach));
}

}  // namespace

ViewRow::Kind kind_of(const View& view) {
  if (!view.shows) return ViewRow::Kind::kCounterExample;
  return view.provenance == Provenance::kLearnt ? ViewRow::Kind::kLearnt : ViewRow::Kind::kConfirmed;
}

void score_concepts(std::span<const float> similarities, std::span<const ViewRow> rows, std::span<float> by_concept) {
  std::size_t row = 0;
  for (; row < rows.size() && rows[row].kind == ViewRow::Kind::kConfirmed; ++row) {
    float& best = by_concept[rows[row].concept_index];
    best = std::max(best, similarities[row]);
  }
  while (row < rows.size()) {
    const std::size_t index = rows[row].concept_index;
    const float own = by_concept[index];
    float with_learnt = own;
    float counter = kNoView;
    for (; row < rows.size() && rows[row].concept_index == index; ++row) {
      if (rows[row].kind == ViewRow::Kind::kLearnt) {
        with_learnt = std::max(with_learnt, lifted(own, similarities[row], rows[row].vouched));
      } else {
        counter = std::max(counter, similarities[row]);
      }
    }
    by_concept[index] = vetoed(with_learnt, counter);
  }
}

std::size_t end_of_part(std::span<const ViewRow> rows, std::size_t first, std::size_t count) {
  std::size_t end = std::min(first + count, rows.size());
  while (end < rows.size() && rows[end].kind != ViewRow::Kind::kConfirmed &&
         rows[end].concept_index == rows[end - 1].concept_index) {
    ++end;
  }
  return end;
}

}  // namespace rap
