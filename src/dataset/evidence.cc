// SPDX-License-Identifier: Apache-2.0
#include "dataset/evidence.h"

#include <algorithm>
#include <cmath>

namespace rap::dataset {
namespace {

constexpr float kMaybe = 0.15F;
constexpr float kYes = 0.5F;
constexpr float kLeastSide = 0.05F;

/// Two digits, as more say nothing and lengthen the files.
double rounded(float probability) { return std::round(100.0 * static_cast<double>(probability)) / 100.0; }

/// A probability of at least `low` and below `high`, also after rounding.
double probability_in(float low, float high, Random& random) { return rounded(random.between(low, high - 0.01F)); }

Box jittered(const Box& box, float by, Random& random) {
  const auto moved = [&](float edge) { return std::clamp(edge + random.between(-by, by), 0.0F, 1.0F); };
  const float left = std::min(moved(box.x), 1.0F - kLeastSide);
  const float top = std::min(moved(box.y), 1.0F - kLeastSide);
  const float right = std::max(moved(box.x + box.width), left + kLeastSide);
  const float bottom = std::max(moved(box.y + box.height), top + kLeastSide);
  return {left, top, right - left, bottom - top};
}

Box anywhere(Random& random) {
  const float width = random.between(0.25F, 0.9F);
  const float height = random.between(0.25F, 0.9F);
  return {random.between(0.0F, 1.0F - width), random.between(0.0F, 1.0F - height), width, height};
}

}  // namespace

void simulate_evidence(CardRecord& card, const std::optional<Box>& truth, const EvidenceOptions& options,
                       Random& random) {
  const SeenRates& rates = truth ? options.right : options.wrong;
  const float draw = random.between(0.0F, 1.0F);
  card.box.reset();
  if (draw >= rates.yes + rates.maybe) {
    card.seen = probability_in(0.0F, kMaybe, random);
    return;
  }
  card.seen = draw < rates.yes ? probability_in(kYes, 1.0F, random) : probability_in(kMaybe, kYes, random);
  if (!truth) {
    card.box = anywhere(random);
  } else {
    card.box = random.chance(options.jitter_share) ? jittered(*truth, options.jitter, random) : *truth;
  }
}

}  // namespace rap::dataset
