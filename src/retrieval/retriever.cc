// SPDX-License-Identifier: Apache-2.0
#include "retrieval/retriever.h"

#include <algorithm>
#include <span>

#include "core/box_overlap.h"
#include "core/dot_products.h"
#include "retrieval/placement.h"
#include "retrieval/view_scores.h"

namespace rap {
namespace {

constexpr double kLeastNearMiss = 0.05;  ///< less probable ones are not worth telling
constexpr float kVotingRange = 0.06F;    ///< windows less alike than the best by more do not vote on a box
constexpr double kVotingOverlap = 0.3;   ///< IoU with it that a window needs for a vote
constexpr std::size_t kMaxRivals = 3;    ///< more that look alike are no answer
constexpr std::size_t kMaxDoubts = 2;    ///< of one photo

/// What one photo is matched with, and how alike its regions are to it.
struct Matching {
  const Gallery& gallery;
  const Regions& regions;
  std::vector<float> similarities = concept_similarities(gallery, regions);

  [[nodiscard]] float similarity(std::size_t region, std::size_t concept_index) const {
    return similarities[region * gallery.concepts().size() + concept_index];
  }
};

/// Where the concept of a candidate stands: the mean of the windows around its own that are nearly as alike, each
/// weighing as much as it is alike (box voting, Gidaris and Komodakis, arXiv 1505.01749). Windows lie on a grid; what
/// they show does not.
Box voted_box(const Matching& matching, const Candidate& candidate) {
  const std::vector<Box>& boxes = matching.regions.boxes;
  const Box& own = boxes[candidate.region];
  const float least = candidate.features.similarity - kVotingRange;
  bool is_alone = true;
  float total = 0.0F, left = 0.0F, top = 0.0F, right = 0.0F, bottom = 0.0F;
  for (std::size_t region = 0; region < boxes.size(); ++region) {
    const Box& box = boxes[region];
    const float weight = matching.similarity(region, candidate.concept_index) - least;
    if (weight <= 0.0F || box_overlap(box, own) < kVotingOverlap) continue;
    if (region != candidate.region) is_alone = false;
    total += weight;
    left += weight * box.x;
    top += weight * box.y;
    right += weight * (box.x + box.width);
    bottom += weight * (box.y + box.height);
  }
  if (is_alone) return own;
  const Box mean{left / total, top / total, (right - left) / total, (bottom - top) / total};
  // Rounding must not push the far edges out of the photo.
  return {mean.x, mean.y, std::min(mean.width, 1.0F - mean.x), std::min(mean.height, 1.0F - mean.y)};
}

Match to_match(const Matching& matching, const Candidate& candidate) {
  const Concept& known = matching.gallery.concepts()[candidate.concept_index];
  Match match{.concept_id = known.id,
              .name = known.name,
              .region = voted_box(matching, candidate),
              .probability = candidate.probability,
              .evidence = {}};
  match.evidence.looks_like = candidate.features.similarity;
  return match;
}

Doubt to_doubt(const Matching& matching, const Placement::Rivals& rivals) {
  Doubt doubt{.candidates = {}, .region = {}, .probability = rivals.probability};
  for (const Candidate& candidate : rivals.candidates) doubt.candidates.push_back(to_match(matching, candidate));
  doubt.region = *doubt.candidates.front().region;
  return doubt;
}

}  // namespace

double least_probability(const RecognizeOptions& options, const Calibration& calibration) {
  return options.max_false_rate ? calibration.threshold_for_false_rate(*options.max_false_rate) : options.threshold;
}

std::vector<float> concept_similarities(const Gallery& gallery, const Regions& regions) {
  const MatrixView views = gallery.views();
  const std::size_t concepts = gallery.concepts().size();
  std::vector<float> by_view(regions.boxes.size() * views.rows);
  dot_products(regions.embeddings(), views, by_view);
  std::vector<float> by_concept(regions.boxes.size() * concepts);
  for (std::size_t region = 0; region < regions.boxes.size(); ++region) {
    score_concepts({by_view.data() + region * views.rows, views.rows}, gallery.rows(),
                   {by_concept.data() + region * concepts, concepts});
  }
  return by_concept;
}

std::vector<Candidate> rank_candidates(const Gallery& gallery, const Regions& regions, const Calibration& calibration) {
  const std::vector<float> similarities = concept_similarities(gallery, regions);
  return Placement(regions.boxes, similarities, gallery.concepts().size(), calibration).rest();
}

Recognition retrieve(const Gallery& gallery, const Regions& regions, const RecognizeOptions& options,
                     const Calibration& calibration) {
  Recognition recognition;
  if (gallery.views().rows == 0) return recognition;
  const double threshold = least_probability(options, calibration);
  const Matching matching{gallery, regions};
  Placement placement(regions.boxes, matching.similarities, gallery.concepts().size(), calibration);
  while (recognition.matches.size() < options.max_matches) {
    const auto candidate = placement.strongest();
    if (!candidate || candidate->probability < threshold) break;
    placement.place(*candidate);
    recognition.matches.push_back(to_match(matching, *candidate));
  }
  const std::size_t room = std::min(kMaxDoubts, options.max_matches - recognition.matches.size());
  while (recognition.doubts.size() < room) {
    const auto rivals = placement.strongest_rivals(kMaxRivals, threshold);
    if (!rivals) break;
    recognition.doubts.push_back(to_doubt(matching, *rivals));
    for (const Candidate& candidate : rivals->candidates) placement.place(candidate);
  }
  for (const Candidate& candidate : placement.rest()) {
    if (candidate.probability < kLeastNearMiss || recognition.near.size() == options.max_near) break;
    recognition.near.push_back(to_match(matching, candidate));
  }
  return recognition;
}

std::optional<Match> settle(const Gallery& gallery, const Doubt& doubt, const Regions& close_up, double threshold,
                            const Calibration& calibration) {
  const Matching matching{gallery, close_up};
  std::vector<float> of_candidates(matching.similarities.size(), kNoView);
  for (const Match& match : doubt.candidates) {
    const auto index = static_cast<std::size_t>(gallery.find(match.concept_id) - gallery.concepts().data());
    for (std::size_t region = 0; region < close_up.boxes.size(); ++region) {
      const std::size_t at = region * gallery.concepts().size() + index;
      of_candidates[at] = matching.similarities[at];
    }
  }
  const auto best = Placement(close_up.boxes, of_candidates, gallery.concepts().size(), calibration).strongest();
  if (!best || best->probability < threshold) return std::nullopt;
  Match match = to_match(matching, *best);
  match.region = doubt.region;
  return match;
}

}  // namespace rap
