// SPDX-License-Identifier: Apache-2.0
// `rap train` is a program of its own, so that whoever only asks does not load libtorch: `rap`
// hands the verb to `rap-train`, which stands beside it in builds with the trainer.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>

#include "cli/exit_code.h"
#include "rap/result.h"

namespace rap::cli {

struct Context;

struct TrainFlags {
  std::filesystem::path recipe;
  std::filesystem::path set;     ///< folder that `rap dataset build` made
  std::filesystem::path output;  ///< checkpoint, logs and weights
  std::size_t limit = 0;         ///< conversations to use; 0 = all
};

using RunTraining = std::function<Result<ExitCode>(Context&, const TrainFlags&)>;

/// How this program trains: itself (rap-train), or by starting rap-train (rap).
[[nodiscard]] RunTraining training_of_this_program();

}  // namespace rap::cli
