// SPDX-License-Identifier: Apache-2.0
// Intervals by resampling (bootstrap; Efron 1979). Pure and deterministic.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace rap::evaluation {

/// A figure with its 95 % interval.
struct Estimate {
  double mean = 0.0;
  double low = 0.0;
  double high = 0.0;
};

/// A figure of some of the things that were measured, given by their indices (with repetitions).
using FigureOf = std::function<double(std::span<const std::size_t> chosen)>;

/// The figure of all `count` things, with the interval that resampling them with replacement
/// gives: 2.5 % of the resampled figures lie below, 2.5 % above. It tells how much the figure
/// depends on which things were drawn. All zero without any.
[[nodiscard]] Estimate bootstrap(std::size_t count, const FigureOf& figure);

}  // namespace rap::evaluation
