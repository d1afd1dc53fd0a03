// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "evaluation/metrics.h"

namespace rap::evaluation {

/// The probabilities of one measurement.
struct ReliabilityPlot {
  std::string title;  ///< for people; made harmless here
  Reliability reliability;
};

/// One self-contained HTML page with a reliability diagram for each measurement: how often matches of a probability
/// were right, against the diagonal of honest ones. It has no scripts and loads nothing.
[[nodiscard]] std::string reliability_page(std::span<const ReliabilityPlot> plots);

}  // namespace rap::evaluation
