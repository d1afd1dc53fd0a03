// SPDX-License-Identifier: Apache-2.0
// Figures of merit of recognition. Pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "evaluation/bootstrap.h"

namespace rap::evaluation {

/// The q-quantile, q in [0, 1], interpolated between neighbours. `values` must not be empty.
[[nodiscard]] double quantile(std::vector<double> values, double q);

/// One photo that was asked about, and the best concept that was found in it.
struct Outcome {
  double score = 0.0;     ///< of the best concept: a similarity or a probability
  bool is_known = false;  ///< the photo's subject is in memory
  bool is_right = false;  ///< the best concept is the photo's subject
};

/// The outcomes of one draw.
using Outcomes = std::vector<Outcome>;

/// Share of the photos of known subjects whose best concept is right.
[[nodiscard]] double top1(const Outcomes& outcomes);

/// Share of the photos of known subjects whose best concept is right and scores above `threshold`.
[[nodiscard]] double true_positive_rate(const Outcomes& outcomes, double threshold);

/// Share of the photos of unknown subjects whose best concept scores above `threshold`.
[[nodiscard]] double false_positive_rate(const Outcomes& outcomes, double threshold);

/// The score above which the share `rate` of the unknown photos of all draws lies.
[[nodiscard]] double threshold_at(std::span<const Outcomes> draws, double rate);

/// The least score that at most the share `rate` of the unknown photos of all draws reaches; 0 without any.
[[nodiscard]] double least_threshold(std::span<const Outcomes> draws, double rate);

/// A figure of a set of draws.
using Figure = std::function<double(std::span<const Outcomes>)>;

/// The figure of `draws`, with the interval that resampling whole draws gives: how much it depends
/// on which draws were made, not how other subjects would do.
[[nodiscard]] Estimate bootstrap(std::span<const Outcomes> draws, const Figure& figure);

/// The mean over draws of a figure of one draw.
[[nodiscard]] Figure mean_of(std::function<double(const Outcomes&)> figure);

/// The mean true positive rate at the threshold_at() this rate of false positives.
[[nodiscard]] Figure true_positive_rate_at(double false_positive_rate);

/// How honest probabilities are: ten bins of equal width.
struct Reliability {
  struct Bin {
    std::size_t count = 0;
    double probability = 0.0;  ///< mean of those in the bin
    double right = 0.0;        ///< share of them that were right
  };
  std::array<Bin, 10> bins;
  double error = 0.0;  ///< expected calibration error: mean of |probability - right|, weighted by count
};
[[nodiscard]] Reliability reliability(std::span<const Outcomes> draws);

}  // namespace rap::evaluation
