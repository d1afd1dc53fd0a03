// SPDX-License-Identifier: Apache-2.0
#include "evaluation/retrieval_task.h"

namespace rap::evaluation {
namespace {

/// Ranks by similarity alone.
constexpr Calibration kSimilarityOnly{.similarity_weight = 1.0, .margin_weight = 0.0, .bias = 0.0};

Outcome judge(const Draw& draw, std::size_t subject, const Candidate& best) {
  // Concepts beyond the known subjects are distractors: never right.
  const bool is_right = best.concept_index < draw.known.size() && draw.known[best.concept_index] == subject;
  return {.score = best.probability, .is_known = draw.knows(subject), .is_right = is_right};
}

/// Asks every photo of `draw` of its gallery. Scores are probabilities under `calibration`.
Outcomes ask_all(const PhotoSet& set, const Draw& draw, const Gallery& gallery, const Calibration& calibration) {
  Outcomes outcomes;
  for (const std::size_t index : draw.asked) {
    const EmbeddedPhoto& photo = set.photos[index];
    outcomes.push_back(judge(draw, photo.subject, rank_candidates(gallery, photo.regions, calibration).front()));
  }
  return outcomes;
}

/// The outcomes of all draws.
struct Asked {
  std::vector<Outcomes> by_probability;
  std::vector<Outcomes> by_similarity;
};

/// Asks random memories of `known` of the subjects.
Result<Asked> ask_memories(const PhotoSet& set, std::span<const std::size_t> subjects, std::size_t known,
                           const RetrievalOptions& options, const Calibration& calibration) {
  Asked asked;
  for (std::size_t i = 0; i < options.draws; ++i) {
    Random random(options.seed + i);
    const Draw draw = make_draw(set, subjects, {.known = known, .views = options.views}, random);
    const Gallery gallery = make_gallery(set, draw, options.distractors);
    asked.by_probability.push_back(ask_all(set, draw, gallery, calibration));
    asked.by_similarity.push_back(ask_all(set, draw, gallery, kSimilarityOnly));
    if (options.on_draw && !options.on_draw()) return fail(ErrorCode::kCancelled, "interrupted");
  }
  return asked;
}

OpenSetFigures open_set(std::span<const Outcomes> draws) {
  return {.tpr_at_5 = bootstrap(draws, true_positive_rate_at(0.05)),
          .tpr_at_1 = bootstrap(draws, true_positive_rate_at(0.01))};
}

}  // namespace

Result<RetrievalReport> measure_retrieval(const PhotoSet& set, std::span<const std::size_t> subjects,
                                          const RetrievalOptions& options, const Calibration& calibration) {
  const auto asked = ask_memories(set, subjects, subjects.size(), options, calibration);
  if (!asked) return Unexpected{asked.error()};
  return RetrievalReport{.top1 = bootstrap(asked->by_probability, mean_of(top1)),
                         .top1_by_similarity = bootstrap(asked->by_similarity, mean_of(top1))};
}

Result<OpenSetReport> measure_open_set(const PhotoSet& set, std::span<const std::size_t> subjects,
                                       const RetrievalOptions& options, const Calibration& calibration) {
  auto asked = ask_memories(set, subjects, subjects.size() / 2, options, calibration);
  if (!asked) return Unexpected{asked.error()};
  return OpenSetReport{.by_probability = open_set(asked->by_probability),
                       .by_similarity = open_set(asked->by_similarity),
                       .reliability = reliability(asked->by_probability),
                       .draws = std::move(asked->by_probability)};
}

AtThreshold rates_at(std::span<const Outcomes> draws, double threshold) {
  return {.threshold = threshold,
          .tpr = bootstrap(draws, mean_of([&](const Outcomes& o) { return true_positive_rate(o, threshold); })),
          .fpr = bootstrap(draws, mean_of([&](const Outcomes& o) { return false_positive_rate(o, threshold); }))};
}

}  // namespace rap::evaluation
