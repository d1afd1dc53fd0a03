// SPDX-License-Identifier: Apache-2.0
#include "evaluation/retrieval_task.h"

#include "retrieval/retriever.h"

namespace rap::evaluation {
namespace {

/// Ranks by similarity alone.
constexpr Calibration kSimilarityOnly{.similarity_weight = 1.0, .margin_weight = 0.0, .bias = 0.0};

Outcome judge(const Draw& draw, std::size_t subject, const Candidate& best) {
  // Concepts beyond the known subjects are distractors: never right.
  const bool is_right = best.concept_index < draw.known.size() && draw.known[best.concept_index] == subject;
  return {.score = best.probability, .is_known = draw.knows(subject), .is_right = is_right};
}

/// Draw number `index`, of a memory that holds `known` subjects.
Draw numbered_draw(const PhotoSet& set, std::span<const std::size_t> subjects, const RetrievalOptions& options,
                   std::size_t index, std::size_t known) {
  Random random(options.seed + index);
  return make_draw(set, subjects, {.known = known, .views = options.views}, random);
}

OpenSetFigures open_set(std::span<const Outcomes> draws) {
  return {.tpr_at_5 = bootstrap(draws, true_positive_rate_at(0.05)),
          .tpr_at_1 = bootstrap(draws, true_positive_rate_at(0.01))};
}

AtThreshold at_threshold(std::span<const Outcomes> draws, double threshold) {
  return {.tpr = bootstrap(draws, mean_of([&](const Outcomes& o) { return true_positive_rate(o, threshold); })),
          .fpr = bootstrap(draws, mean_of([&](const Outcomes& o) { return false_positive_rate(o, threshold); }))};
}

}  // namespace

Outcomes ask_all(const PhotoSet& set, const Draw& draw, const Gallery& gallery, const Calibration& calibration) {
  Outcomes outcomes;
  for (const std::size_t index : draw.asked) {
    const EmbeddedPhoto& photo = set.photos[index];
    outcomes.push_back(judge(draw, photo.subject, rank_candidates(gallery, photo.regions, calibration).front()));
  }
  return outcomes;
}

Outcomes ask_all_by_similarity(const PhotoSet& set, const Draw& draw, const Gallery& gallery) {
  return ask_all(set, draw, gallery, kSimilarityOnly);
}

RetrievalReport measure_retrieval(const PhotoSet& set, std::span<const std::size_t> subjects,
                                  const RetrievalOptions& options, const Calibration& calibration) {
  std::vector<Outcomes> all_by_similarity, all, half_by_similarity, half;
  for (std::size_t i = 0; i < options.draws; ++i) {
    const Draw of_all = numbered_draw(set, subjects, options, i, subjects.size());
    const Gallery all_known = make_gallery(set, of_all);
    all_by_similarity.push_back(ask_all_by_similarity(set, of_all, all_known));
    all.push_back(ask_all(set, of_all, all_known, calibration));

    const Draw of_half = numbered_draw(set, subjects, options, i, subjects.size() / 2);
    const Gallery half_known = make_gallery(set, of_half);
    half_by_similarity.push_back(ask_all_by_similarity(set, of_half, half_known));
    half.push_back(ask_all(set, of_half, half_known, calibration));
  }
  return {.top1_by_similarity = bootstrap(all_by_similarity, mean_of(top1)),
          .top1 = bootstrap(all, mean_of(top1)),
          .by_similarity = open_set(half_by_similarity),
          .by_probability = open_set(half),
          .at_threshold = at_threshold(half, options.threshold),
          .reliability = reliability(half)};
}

DistractorReport measure_distractors(const PhotoSet& set, const PhotoSet& distractors, const RetrievalOptions& options,
                                     const Calibration& calibration) {
  const auto subjects = all_subjects(set);
  std::vector<Outcomes> all, half;
  for (std::size_t i = 0; i < options.draws; ++i) {
    const Draw of_all = numbered_draw(set, subjects, options, i, subjects.size());
    all.push_back(ask_all(set, of_all, make_gallery(set, of_all, &distractors), calibration));
    const Draw of_half = numbered_draw(set, subjects, options, i, subjects.size() / 2);
    half.push_back(ask_all(set, of_half, make_gallery(set, of_half, &distractors), calibration));
  }
  return {.distractors = distractors.photos.size(),
          .top1 = bootstrap(all, mean_of(top1)),
          .at_threshold = at_threshold(half, options.threshold)};
}

}  // namespace rap::evaluation
