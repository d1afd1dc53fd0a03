// SPDX-License-Identifier: Apache-2.0
#include "retrieval/placement.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/box_overlap.h"
#include "core/parallel.h"
#include "retrieval/view_scores.h"

namespace rap {
namespace {

constexpr double kMaxOverlap = 0.5;  ///< IoU of two regions that show different things

}  // namespace

Placement::Placement(std::span<const Box> boxes, std::span<const float> similarities, std::size_t concepts,
                     const Calibration& calibration, int threads)
    : boxes_(boxes),
      similarities_(similarities),
      concepts_(concepts),
      calibration_(calibration),
      region_of_(concepts),
      is_closed_(boxes.size(), false),
      standings_(boxes.size()) {
  in_parallel(boxes.size(), threads, [&](std::size_t first, std::size_t last) {
    for (std::size_t region = first; region < last; ++region) renew(region);
  });
}

bool Placement::competes(std::size_t concept_index, std::size_t region) const {
  return !is_placed(concept_index) || boxes_share(boxes_[*region_of_[concept_index]], boxes_[region]);
}

/// Calls visit(candidate, logit) for every concept that is not placed and more alike than `beyond`.
template <class Visit>
void Placement::for_each_in(std::size_t region, float beyond, const Visit& visit) const {
  const std::span<const float> similarities = row(region);
  for (std::size_t i = 0; i < concepts_; ++i) {
    if (!(similarities[i] > beyond) || is_placed(i)) continue;
    const MatchFeatures features = features_of(region, similarities[i]);
    visit(Candidate{i, region, features, 0.0}, calibration_.logit(features));
  }
}

void Placement::renew(std::size_t region) {
  Standing standing;
  const std::span<const float> similarities = row(region);
  std::size_t leader = concepts_;
  float leading = kNoView;
  for (std::size_t i = 0; i < concepts_; ++i) {
    const float similarity = similarities[i];
    if (similarity > standing.two.second && competes(i, region)) standing.two.add(similarity);
    if (similarity > leading && !is_placed(i)) {
      leading = similarity;
      leader = i;
    }
  }
  standings_[region] = standing;
  if (leader == concepts_) return;
  // Of those that are left the most alike has the largest margin, too.
  const MatchFeatures features = features_of(region, leading);
  standings_[region].strongest = Candidate{leader, region, features, 0.0};
  standings_[region].logit = calibration_.logit(features);
}

std::optional<Candidate> Placement::strongest() const {
  const Standing* best = nullptr;
  for (std::size_t region = 0; region < boxes_.size(); ++region) {
    const Standing& standing = standings_[region];
    if (is_closed_[region] || !standing.strongest) continue;
    if (best == nullptr || standing.logit > best->logit) best = &standing;
  }
  if (best == nullptr) return std::nullopt;
  Candidate candidate = *best->strongest;
  candidate.probability = calibration_.probability(candidate.features);
  return candidate;
}

void Placement::place(const Candidate& candidate) {
  const std::size_t placed = candidate.concept_index;
  region_of_[placed] = candidate.region;
  for (std::size_t region = 0; region < boxes_.size(); ++region) {
    if (box_overlap(boxes_[region], boxes_[candidate.region]) > kMaxOverlap) is_closed_[region] = true;
    const Standing& standing = standings_[region];
    const bool was_strongest = standing.strongest && standing.strongest->concept_index == placed;
    // Whoever was not among the best two took no margin from anybody.
    if (was_strongest || row(region)[placed] >= standing.two.second) renew(region);
  }
}

std::vector<Candidate> Placement::rest(double least) const {
  std::vector<std::optional<Candidate>> best(concepts_);
  std::vector<double> logits(concepts_, 0.0);
  for (std::size_t region = 0; region < boxes_.size(); ++region) {
    const std::optional<Candidate>& strongest = standings_[region].strongest;
    if (!strongest || calibration_.probability(strongest->features) < least) continue;
    for_each_in(region, kNoView, [&](const Candidate& candidate, double logit) {
      std::optional<Candidate>& kept = best[candidate.concept_index];
      if (kept && logit <= logits[candidate.concept_index]) return;
      kept = candidate;
      logits[candidate.concept_index] = logit;
    });
  }
  std::vector<Candidate> result;
  for (std::optional<Candidate>& candidate : best) {
    if (!candidate) continue;
    candidate->probability = calibration_.probability(candidate->features);
    if (candidate->probability >= least) result.push_back(*candidate);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const Candidate& a, const Candidate& b) { return a.probability > b.probability; });
  return result;
}

std::optional<Placement::Rivals> Placement::strongest_rivals(std::size_t limit, double least) const {
  std::optional<Rivals> strongest;
  for (std::size_t region = 0; region < boxes_.size(); ++region) {
    // The best of the region, if nothing else came near it.
    const MatchFeatures alone{.similarity = standings_[region].two.best, .margin = kMarginCap};
    const double probability = calibration_.probability(alone);
    if (is_closed_[region] || probability < least || (strongest && probability <= strongest->probability)) continue;
    std::vector<Candidate> candidates;
    for_each_in(region, alone.similarity - kMarginCap,
                [&](const Candidate& candidate, double) { candidates.push_back(candidate); });
    if (candidates.size() < 2 || candidates.size() > limit) continue;
    std::ranges::stable_sort(candidates, std::greater<>(),
                             [](const Candidate& one) { return one.features.similarity; });
    // A concept that stands elsewhere may be the best even here, in a part of its place.
    if (candidates.front().features.similarity < alone.similarity) continue;
    strongest = Rivals{std::move(candidates), probability};
  }
  if (!strongest) return strongest;
  for (Candidate& candidate : strongest->candidates) {
    candidate.probability = calibration_.probability(candidate.features);
  }
  return strongest;
}

}  // namespace rap
