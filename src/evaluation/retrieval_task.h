// SPDX-License-Identifier: Apache-2.0
// How often the right concept is found among those that are remembered, and how often one is
// found that is not there. Drives the code that serves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "evaluation/draw.h"
#include "evaluation/metrics.h"
#include "evaluation/photo_set.h"
#include "retrieval/calibration.h"

namespace rap::evaluation {

struct RetrievalOptions {
  std::size_t draws = 200;
  std::size_t views = 1;      ///< photos remembered of each subject
  std::uint64_t seed = 1000;  ///< draw i uses seed + i
  double threshold = 0.5;     ///< least probability of an accepted match
};

/// True positives when half of the subjects are unknown. Thresholds lie where the stated share of
/// the unknown photos of all draws is accepted.
struct OpenSetFigures {
  Estimate tpr_at_5;  ///< at 5 % false positives
  Estimate tpr_at_1;  ///< at 1 % false positives
};

/// What a user sees when half of the subjects are unknown: matches at or above the threshold.
struct AtThreshold {
  Estimate tpr;
  Estimate fpr;
};

struct RetrievalReport {
  Estimate top1_by_similarity;  ///< all subjects known
  Estimate top1;                ///< ranked by probability, as served
  OpenSetFigures by_similarity;
  OpenSetFigures by_probability;
  AtThreshold at_threshold;
  Reliability reliability;  ///< half of the subjects known
};

/// Asks every photo of `draw` of its gallery. Scores are probabilities under `calibration`.
[[nodiscard]] Outcomes ask_all(const PhotoSet& set, const Draw& draw, const Gallery& gallery,
                               const Calibration& calibration);

/// The same with similarities as scores.
[[nodiscard]] Outcomes ask_all_by_similarity(const PhotoSet& set, const Draw& draw, const Gallery& gallery);

/// Measures over random draws among `subjects` of `set`.
[[nodiscard]] RetrievalReport measure_retrieval(const PhotoSet& set, std::span<const std::size_t> subjects,
                                                const RetrievalOptions& options, const Calibration& calibration);

/// What further concepts in memory, shown in no photo that is asked, do to recognition.
struct DistractorReport {
  std::size_t distractors = 0;
  Estimate top1;             ///< all subjects known
  AtThreshold at_threshold;  ///< half of them known; accepted distractors are false positives
};
[[nodiscard]] DistractorReport measure_distractors(const PhotoSet& set, const PhotoSet& distractors,
                                                   const RetrievalOptions& options, const Calibration& calibration);

}  // namespace rap::evaluation
