// SPDX-License-Identifier: Apache-2.0
#include "retrieval/retriever.h"

#include <algorithm>
#include <span>

#include "core/dot_products.h"
#include "retrieval/placement.h"
#include "retrieval/view_scores.h"

namespace rap {
namespace {

constexpr double kLeastNearMiss = 0.05;  ///< less probable ones are not worth telling
constexpr std::size_t kMaxRivals = 3;    ///< more that look alike are no answer
constexpr std::size_t kMaxDoubts = 2;    ///< of one photo

Match to_match(const Gallery& gallery, const Regions& regions, const Candidate& candidate) {
  const Concept& known = gallery.concepts()[candidate.concept_index];
  Match match{.concept_id = known.id,
              .name = known.name,
              .region = regions.boxes[candidate.region],
              .probability = candidate.probability,
              .evidence = {}};
  match.evidence.looks_like = candidate.features.similarity;
  return match;
}

Doubt to_doubt(const Gallery& gallery, const Regions& regions, const Placement::Rivals& rivals) {
  Doubt doubt{
      .candidates = {}, .region = regions.boxes[rivals.candidates.front().region], .probability = rivals.probability};
  for (const Candidate& candidate : rivals.candidates) {
    doubt.candidates.push_back(to_match(gallery, regions, candidate));
  }
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
  const std::vector<float> similarities = concept_similarities(gallery, regions);
  Placement placement(regions.boxes, similarities, gallery.concepts().size(), calibration);
  while (recognition.matches.size() < options.max_matches) {
    const auto candidate = placement.strongest();
    if (!candidate || candidate->probability < threshold) break;
    placement.place(*candidate);
    recognition.matches.push_back(to_match(gallery, regions, *candidate));
  }
  const std::size_t room = std::min(kMaxDoubts, options.max_matches - recognition.matches.size());
  while (recognition.doubts.size() < room) {
    const auto rivals = placement.strongest_rivals(kMaxRivals);
    if (!rivals || rivals->probability < threshold) break;
    recognition.doubts.push_back(to_doubt(gallery, regions, *rivals));
    for (const Candidate& candidate : rivals->candidates) placement.place(candidate);
  }
  for (const Candidate& candidate : placement.rest()) {
    if (candidate.probability < kLeastNearMiss || recognition.near.size() == options.max_near) break;
    recognition.near.push_back(to_match(gallery, regions, candidate));
  }
  return recognition;
}

std::optional<Match> settle(const Gallery& gallery, const Doubt& doubt, const Regions& close_up, double threshold,
                            const Calibration& calibration) {
  const std::vector<float> similarities = concept_similarities(gallery, close_up);
  std::vector<float> of_candidates(similarities.size(), kNoView);
  for (const Match& match : doubt.candidates) {
    const auto index = static_cast<std::size_t>(gallery.find(match.concept_id) - gallery.concepts().data());
    for (std::size_t region = 0; region < close_up.boxes.size(); ++region) {
      const std::size_t at = region * gallery.concepts().size() + index;
      of_candidates[at] = similarities[at];
    }
  }
  const auto best = Placement(close_up.boxes, of_candidates, gallery.concepts().size(), calibration).strongest();
  if (!best || best->probability < threshold) return std::nullopt;
  Match match = to_match(gallery, close_up, *best);
  match.region = doubt.region;
  return match;
}

}  // namespace rap
