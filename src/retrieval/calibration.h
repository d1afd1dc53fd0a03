// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace rap {

/// What the probability of a match is computed from.
struct MatchFeatures {
  float similarity = 0.0F;  ///< of the concept's best view to the region, [-1, 1]
  float margin = 0.0F;      ///< to the best other concept in that region, cut at kMarginCap
};

/// Beyond this a larger margin says no more; also the margin of a memory with one concept.
inline constexpr float kMarginCap = 0.1F;

/// A logistic model: probability = 1 / (1 + exp(-(similarity * a + margin * b + c))). Neither weight is negative, so
/// what is more alike is never less probable: Placement relies on it.
struct Calibration {
  double similarity_weight = 0.0;
  double margin_weight = 0.0;
  double bias = 0.0;

  [[nodiscard]] double probability(const MatchFeatures& features) const;

  /// The logarithm of its odds: cheaper, and in the same order.
  [[nodiscard]] double logit(const MatchFeatures& features) const {
    return similarity_weight * static_cast<double>(features.similarity) +
           margin_weight * static_cast<double>(features.margin) + bias;
  }

  /// The least similarity with which a match can be as probable as `probability`, (0, 1): what it takes with the
  /// largest margin. Minus infinity if similarity does not count.
  [[nodiscard]] float least_similarity(double probability) const;

  /// The least probability that no more than the share `rate`, [0, 1], of photos that show nothing known reaches:
  /// looked up in a table that was measured with the default calibration (docs/evaluation.md), interpolated
  /// between its rows.
  [[nodiscard]] double threshold_for_false_rate(double rate) const;
};

/// The calibration of the default encoder, fitted by `rap eval retrieval --fit` (docs/evaluation.md).
[[nodiscard]] const Calibration& default_calibration();

/// One observed match and whether it was right.
struct CalibrationSample {
  MatchFeatures features;
  bool is_right = false;
};

/// Maximum-likelihood fit by Newton's method with a small ridge, so that separable samples give
/// finite weights. `samples` must hold right and wrong ones.
[[nodiscard]] Calibration fit_calibration(std::span<const CalibrationSample> samples);

}  // namespace rap
