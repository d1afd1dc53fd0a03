// SPDX-License-Identifier: Apache-2.0
// Fits the calibration of the encoder, and tells how it does on subjects it was not fitted on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evaluation/photo_set.h"
#include "evaluation/retrieval_task.h"
#include "retrieval/calibration.h"

namespace rap::evaluation {

struct FitOptions {
  std::size_t draws = 200;  ///< of each set
  std::uint64_t seed = 1;   ///< draw i uses seed + i
};

/// A set and those of its subjects that take part.
struct Part {
  const PhotoSet* set = nullptr;
  std::vector<std::size_t> subjects;
};

/// Fits to the best match of photos that were asked of random memories: in half of the draws half
/// of the subjects are known, in the other half any number from one to all. Every draw asks as
/// many photos of known as of unknown subjects, so a probability means: if every second photo
/// shows something known. All parts weigh alike. `parts` must not be empty.
[[nodiscard]] Calibration fit(std::span<const Part> parts, const FitOptions& options);

/// A report on one set, with the calibration fitted on other subjects.
struct HeldOut {
  std::string set;
  std::size_t fold = 0;
  Calibration calibration;
  OpenSetReport report;
};

/// Splits the subjects of every set at random into two folds, fits on one fold of all sets and
/// measures on the other fold of each set with half of its subjects known; then the reverse. kCancelled when
/// options.on_draw asks for it.
[[nodiscard]] Result<std::vector<HeldOut>> cross_validate(std::span<const PhotoSet> sets, const FitOptions& fit_options,
                                                          const RetrievalOptions& options);

}  // namespace rap::evaluation
