// SPDX-License-Identifier: Apache-2.0
#include "retrieval/retriever.h"

#include <algorithm>
#include <limits>
#include <span>

#include "core/box_overlap.h"
#include "core/dot_products.h"
#include "retrieval/view_scores.h"

namespace rap {
namespace {

constexpr double kMaxOverlap = 0.5;      ///< IoU of two accepted regions
constexpr double kLeastNearMiss = 0.05;  ///< less probable ones are not worth telling

/// The two largest similarities of one region, of different concepts.
struct BestTwo {
  float best = -std::numeric_limits<float>::infinity();
  float second = -std::numeric_limits<float>::infinity();

  void add(float similarity) {
    second = std::max(second, std::min(best, similarity));
    best = std::max(best, similarity);
  }

  /// How far a similarity of this region stands above the best of the other concepts.
  [[nodiscard]] float margin(float similarity) const {
    const float other = similarity == best ? second : best;
    return std::min(similarity - other, kMarginCap);
  }
};

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

}  // namespace

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
  std::vector<Candidate> best(gallery.concepts().size());
  for (std::size_t i = 0; i < best.size(); ++i) best[i] = {i, 0, {.similarity = kNoView}, -1.0};
  for (std::size_t region = 0; region < regions.boxes.size(); ++region) {
    const std::span row(similarities.data() + region * best.size(), best.size());
    BestTwo two;
    for (const float similarity : row) two.add(similarity);
    for (Candidate& candidate : best) {
      const float similarity = row[candidate.concept_index];
      const MatchFeatures features{.similarity = similarity, .margin = two.margin(similarity)};
      const double probability = calibration.probability(features);
      if (probability > candidate.probability) candidate = {candidate.concept_index, region, features, probability};
    }
  }
  std::erase_if(best, [](const Candidate& candidate) { return candidate.features.similarity == kNoView; });
  std::stable_sort(best.begin(), best.end(),
                   [](const Candidate& a, const Candidate& b) { return a.probability > b.probability; });
  return best;
}

Recognition retrieve(const Gallery& gallery, const Regions& regions, const RecognizeOptions& options,
                     const Calibration& calibration) {
  Recognition recognition;
  if (gallery.views().rows == 0) return recognition;
  std::vector<Box> taken;
  for (const Candidate& candidate : rank_candidates(gallery, regions, calibration)) {
    if (candidate.probability < std::min(options.threshold, kLeastNearMiss)) break;
    const Box& box = regions.boxes[candidate.region];
    const bool is_free = std::none_of(taken.begin(), taken.end(),
                                      [&](const Box& other) { return box_overlap(box, other) > kMaxOverlap; });
    if (candidate.probability >= options.threshold && is_free && taken.size() < options.max_matches) {
      taken.push_back(box);
      recognition.matches.push_back(to_match(gallery, regions, candidate));
    } else if (candidate.probability >= kLeastNearMiss && recognition.near.size() < options.max_near) {
      recognition.near.push_back(to_match(gallery, regions, candidate));
    }
  }
  return recognition;
}

}  // namespace rap
