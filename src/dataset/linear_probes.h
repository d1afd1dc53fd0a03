// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "rap/result.h"

namespace rap::dataset {

/// Examples for linear probes: embeddings of length 1 with the classes each belongs to.
struct ProbeExamples {
  std::size_t dimensions = 0;
  std::size_t classes = 0;
  std::vector<float> values;                     ///< [examples, dimensions] row-major
  std::vector<std::vector<std::size_t>> labels;  ///< classes of each example, each below `classes`
};

/// One linear function a class that tells members from the rest: ridge regression in closed form on
/// targets 0 and 1 (Hoerl and Kennard, 1970), all classes from one factorisation. Deterministic.
class LinearProbes {
 public:
  /// `ridge` > 0, relative to the mean variance of a dimension: larger trusts the data less.
  /// kInvalidArgument if there are no examples, or sizes that do not fit each other.
  [[nodiscard]] static Result<LinearProbes> train(const ProbeExamples& examples, double ridge = 0.3);

  /// About 1 for a member of the class, about 0 for others. Thread-safe.
  [[nodiscard]] float score(std::size_t of_class, std::span<const float> embedding) const;

  /// The weights of a class, one a dimension; valid as long as the probes.
  [[nodiscard]] std::span<const float> weights(std::size_t of_class) const {
    return std::span(weights_).subspan(of_class * dimensions_, dimensions_);
  }

 private:
  std::size_t dimensions_ = 0;
  std::vector<float> weights_;  ///< [classes, dimensions]
  std::vector<float> biases_;   ///< [classes]
};

}  // namespace rap::dataset
