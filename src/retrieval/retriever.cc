// SPDX-License-Identifier: Apache-2.0
#include "retrieval/retriever.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "core/box_overlap.h"
#include "core/dot_products.h"
#include "core/parallel.h"
#include "retrieval/placement.h"
#include "retrieval/shortlist.h"
#include "retrieval/view_scores.h"

namespace rap {
namespace {

constexpr double kLeastNearMiss = 0.05;    ///< less probable ones are not worth telling
constexpr float kVotingRange = 0.08F;      ///< windows less alike than the best by more do not vote on a box
constexpr double kVotingOverlap = 0.1;     ///< IoU with it that a window needs for a vote
constexpr std::size_t kMaxRivals = 3;      ///< more that look alike are no answer
constexpr std::size_t kMaxDoubts = 2;      ///< of one photo
constexpr std::size_t kViewsAtOnce = 256;  ///< whose similarities are made before they are used

/// Some rows of a gallery, or all, with what they say about how many concepts.
struct Views {
  MatrixView embeddings;
  std::span<const ViewRow> rows;
  std::size_t concepts = 0;
};

Views all_views(const Gallery& gallery) { return {gallery.views(), gallery.rows(), gallery.concepts().size()}; }

/// The rows of some concepts of a gallery; these are numbered in their order.
class Excerpt {
 public:
  Excerpt(const Gallery& gallery, std::span<const std::size_t> concepts) : concepts_(concepts.size()) {
    std::vector<std::optional<std::size_t>> place(gallery.concepts().size());
    for (std::size_t i = 0; i < concepts.size(); ++i) place[concepts[i]] = i;
    const MatrixView views = gallery.views();
    columns_ = views.columns;
    for (std::size_t i = 0; i < views.rows; ++i) {
      const ViewRow& row = gallery.rows()[i];
      if (!place[row.concept_index]) continue;
      rows_.push_back(row);
      rows_.back().concept_index = *place[row.concept_index];
      values_.insert(values_.end(), views.row(i), views.row(i) + views.columns);
    }
  }

  [[nodiscard]] Views views() const { return {{values_.data(), rows_.size(), columns_}, rows_, concepts_}; }

 private:
  std::vector<ViewRow> rows_;
  AlignedFloats values_;
  std::size_t columns_ = 0;
  std::size_t concepts_;
};

/// What one photo is matched with, and how alike its regions are to it.
struct Matching {
  const Gallery& gallery;
  const Regions& regions;
  std::vector<std::size_t> concepts;  ///< of the gallery, those that can matter
  std::vector<float> similarities;    ///< [regions, concepts] row-major

  [[nodiscard]] float similarity(std::size_t region, std::size_t index) const {
    return similarities[region * concepts.size() + index];
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
void compare(const Views& views, const MatrixView& regions, std::span<float> by_concept) {
  std::vector<float> products;
  for (std::size_t first = 0, end = 0; first < views.rows.size(); first = end) {
    end = end_of_part(views.rows, first, kViewsAtOnce);
    const std::size_t count = end - first;
    products.resize(regions.rows * count);
    dot_products(regions, {views.embeddings.row(first), count, views.embeddings.columns}, products);
    for (std::size_t region = 0; region < regions.rows; ++region) {
      score_concepts({products.data() + region * count, count}, views.rows.subspan(first, count),
                     by_concept.subspan(region * views.concepts, views.concepts));
    }
  }
}

/// [regions, concepts] row-major.
std::vector<float> similarities_of(const Views& views, const Regions& regions, int threads) {
  std::vector<float> by_concept(regions.boxes.size() * views.concepts, kNoView);
  in_parallel(regions.boxes.size(), threads, [&](std::size_t first, std::size_t last) {
    compare(views, {regions.embeddings().row(first), last - first, regions.dimensions},
            {by_concept.data() + first * views.concepts, (last - first) * views.concepts});
  });
  return by_concept;
}

/// What can matter to a recognition with these options and this threshold. Of a region these are the concepts that
/// can stand elsewhere already, then those that can be reported as near misses or rivals there, and one more, by which
/// the last of them has its margin.
Relevance relevance_of(const RecognizeOptions& options, double threshold, const Calibration& calibration) {
  const float least = calibration.least_similarity(std::min(threshold, kLeastNearMiss));
  const std::size_t placed = options.max_matches + kMaxDoubts * kMaxRivals;
  return {
      .least = least, .rival = least - kMarginCap, .places = placed + std::max(options.max_near, kMaxRivals + 1) + 1};
}

Match to_match(const Matching& matching, const Candidate& candidate) {
  const Concept& known = matching.gallery.concepts()[matching.concepts[candidate.concept_index]];
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
  return similarities_of(all_views(gallery), regions, threads);
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
  Matching matching{gallery, regions, {}, {}};
  matching.concepts = shortlist(gallery, regions, relevance_of(options, threshold, calibration), threads);
  matching.similarities = similarities_of(Excerpt(gallery, matching.concepts).views(), regions, threads);
  Placement placement(regions.boxes, matching.similarities, matching.concepts.size(), calibration, threads);
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
  std::vector<std::size_t> concepts;
  for (const Match& candidate : doubt.candidates) {
    const auto index = gallery.index_of(candidate.concept_id);
    if (!index) return std::nullopt;  // a doubt about another memory
    concepts.push_back(*index);
  }
  const std::vector<float> similarities = similarities_of(Excerpt(gallery, concepts).views(), close_up, 1);
  const auto best = Placement(close_up.boxes, similarities, doubt.candidates.size(), calibration).strongest();
  if (!best || best->probability < threshold) return std::nullopt;
  Match match = doubt.candidates[best->concept_index];
  match.region = doubt.region;
  match.probability = best->probability;
  match.evidence.looks_like = best->features.similarity;
  return match;
}

Result<void> settle_doubts(const Gallery& gallery, const CloseLook& look, double threshold,
                           const Calibration& calibration, Recognition& recognition) {
  std::vector<Doubt> left;
  for (Doubt& doubt : recognition.doubts) {
    const auto close_up = look(doubt.region);
    if (!close_up) return Unexpected{close_up.error()};
    if (auto match = settle(gallery, doubt, *close_up, threshold, calibration)) {
      recognition.matches.push_back(std::move(*match));
    } else {
      left.push_back(std::move(doubt));
    }
  }
  recognition.doubts = std::move(left);
  std::ranges::stable_sort(recognition.matches, std::greater<>(), &Match::probability);
  return {};
}

}  // namespace rap
