// SPDX-License-Identifier: Apache-2.0
#include "retrieval/retriever.h"

#include <algorithm>
#include <span>

#include "core/box_overlap.h"
#include "core/dot_products.h"
#include "core/parallel.h"
#include "retrieval/placement.h"
#include "retrieval/view_scores.h"

namespace rap {
namespace {

constexpr double kLeastNearMiss = 0.05;    ///< less probable ones are not worth telling
constexpr float kVotingRange = 0.08F;      ///< windows less alike than the best by more do not vote on a box
constexpr double kVotingOverlap = 0.1;     ///< IoU with it that a window needs for a vote
constexpr std::size_t kMaxRivals = 3;      ///< more that look alike are no answer
constexpr std::size_t kMaxDoubts = 2;      ///< of one photo
constexpr std::size_t kViewsAtOnce = 256;  ///< whose similarities are made before they are used

/// What one photo is matched with, and how alike its regions are to it.
struct Matching {
  const Gallery& gallery;
  const Regions& regions;
  std::vector<float> similarities;

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

/// Similarity of some regions with every concept, views after views: what is made of them stays in the cache.
void compare(const Gallery& gallery, const MatrixView& regions, std::span<float> by_concept) {
  const MatrixView views = gallery.views();
  const std::size_t concepts = gallery.concepts().size();
  std::vector<float> products;
  for (std::size_t first = 0, end = 0; first < views.rows; first = end) {
    end = end_of_part(gallery.rows(), first, kViewsAtOnce);
    const std::size_t count = end - first;
    products.resize(regions.rows * count);
    dot_products(regions, {views.row(first), count, views.columns}, products);
    for (std::size_t region = 0; region < regions.rows; ++region) {
      score_concepts({products.data() + region * count, count}, gallery.rows().subspan(first, count),
                     by_concept.subspan(region * concepts, concepts));
    }
  }
}

/// Similarity of some regions with the concepts of `candidates`: [regions, candidates] row-major.
std::vector<float> candidate_similarities(const Gallery& gallery, std::span<const Match> candidates,
                                          const Regions& regions) {
  const MatrixView views = gallery.views();
  std::vector<ViewRow> rows;
  AlignedFloats values;
  for (std::size_t i = 0; i < views.rows; ++i) {
    const std::string& id = gallery.concepts()[gallery.rows()[i].concept_index].id;
    const auto candidate = std::ranges::find(candidates, id, &Match::concept_id);
    if (candidate == candidates.end()) continue;
    rows.push_back(gallery.rows()[i]);
    rows.back().concept_index = static_cast<std::size_t>(candidate - candidates.begin());
    values.insert(values.end(), views.row(i), views.row(i) + views.columns);
  }
  std::vector<float> by_row(regions.boxes.size() * rows.size());
  dot_products(regions.embeddings(), {values.data(), rows.size(), views.columns}, by_row);
  std::vector<float> by_candidate(regions.boxes.size() * candidates.size(), kNoView);
  for (std::size_t region = 0; region < regions.boxes.size(); ++region) {
    score_concepts({by_row.data() + region * rows.size(), rows.size()}, rows,
                   {by_candidate.data() + region * candidates.size(), candidates.size()});
  }
  return by_candidate;
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

std::vector<float> concept_similarities(const Gallery& gallery, const Regions& regions, int threads) {
  const std::size_t concepts = gallery.concepts().size();
  std::vector<float> by_concept(regions.boxes.size() * concepts, kNoView);
  in_parallel(regions.boxes.size(), threads, [&](std::size_t first, std::size_t last) {
    compare(gallery, {regions.embeddings().row(first), last - first, regions.dimensions},
            {by_concept.data() + first * concepts, (last - first) * concepts});
  });
  return by_concept;
}

std::vector<Candidate> rank_candidates(const Gallery& gallery, const Regions& regions, const Calibration& calibration) {
  const std::vector<float> similarities = concept_similarities(gallery, regions);
  return Placement(regions.boxes, similarities, gallery.concepts().size(), calibration).rest(0.0);
}

Recognition retrieve(const Gallery& gallery, const Regions& regions, const RecognizeOptions& options,
                     const Calibration& calibration, int threads) {
  Recognition recognition;
  if (gallery.views().rows == 0) return recognition;
  const double threshold = least_probability(options, calibration);
  const Matching matching{gallery, regions, concept_similarities(gallery, regions, threads)};
  Placement placement(regions.boxes, matching.similarities, gallery.concepts().size(), calibration, threads);
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
  for (const Candidate& candidate : placement.rest(kLeastNearMiss)) {
    if (recognition.near.size() == options.max_near) break;
    recognition.near.push_back(to_match(matching, candidate));
  }
  return recognition;
}

std::optional<Match> settle(const Gallery& gallery, const Doubt& doubt, const Regions& close_up, double threshold,
                            const Calibration& calibration) {
  const std::vector<float> similarities = candidate_similarities(gallery, doubt.candidates, close_up);
  const auto best = Placement(close_up.boxes, similarities, doubt.candidates.size(), calibration).strongest();
  if (!best || best->probability < threshold) return std::nullopt;
  Match match = doubt.candidates[best->concept_index];
  match.region = doubt.region;
  match.probability = best->probability;
  match.evidence.looks_like = best->features.similarity;
  return match;
}

}  // namespace rap
