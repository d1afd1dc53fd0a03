// SPDX-License-Identifier: Apache-2.0
// How often the right concept is found among those that are remembered, and how often one is
// found that is not there. Drives the code that serves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "evaluation/draw.h"
#include "evaluation/metrics.h"
#include "evaluation/photo_set.h"
#include "rap/result.h"
#include "retrieval/retriever.h"

namespace rap::evaluation {

struct RetrievalOptions {
  std::size_t draws = 200;
  std::size_t views = 1;                  ///< photos remembered of each subject
  std::uint64_t seed = 1000;              ///< draw i uses seed + i
  const PhotoSet* distractors = nullptr;  ///< further concepts in every memory, shown in no photo that is asked
  OnPhoto on_draw = {};                   ///< called after each draw; returning false cancels
};

/// All subjects are known.
struct RetrievalReport {
  Estimate top1;                ///< ranked by probability, as served
  Estimate top1_by_similarity;  ///< ranked by the best view alone, for comparison
};

/// Measures over random draws among `subjects` of `set`. kCancelled when on_draw asks for it.
[[nodiscard]] Result<RetrievalReport> measure_retrieval(const PhotoSet& set, std::span<const std::size_t> subjects,
                                                        const RetrievalOptions& options,
                                                        const Calibration& calibration);

/// True positives at a share of false positives. The threshold lies where that share of the unknown photos of
/// all draws is accepted.
struct OpenSetFigures {
  Estimate tpr_at_5;  ///< at 5 % false positives
  Estimate tpr_at_1;  ///< at 1 % false positives
};

/// What a user sees with a threshold: matches at or above it. A distractor accepted for an unknown photo is a
/// false positive.
struct AtThreshold {
  double threshold = 0.0;
  Estimate tpr;
  Estimate fpr;
};

/// Half of the subjects are known; photos of the others should not be given a name.
struct OpenSetReport {
  OpenSetFigures by_probability;  ///< as served
  OpenSetFigures by_similarity;   ///< by the best view alone, for comparison
  Reliability reliability;        ///< of the probabilities
  std::vector<Outcomes> draws;    ///< what they were counted from; scores are probabilities
};
[[nodiscard]] Result<OpenSetReport> measure_open_set(const PhotoSet& set, std::span<const std::size_t> subjects,
                                                     const RetrievalOptions& options, const Calibration& calibration);

/// The rates of these draws at a threshold.
[[nodiscard]] AtThreshold rates_at(std::span<const Outcomes> draws, double threshold);

}  // namespace rap::evaluation
