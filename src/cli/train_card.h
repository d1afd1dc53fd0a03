// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/context.h"
#include "cli/train.h"
#include "rap/result.h"
#include "training/recipe.h"

namespace rap::cli {

/// Writes `README.md` beside a run's weights: what they were made from and with what terms, the settings, the last
/// held-out loss of each stage, and how to measure the rest. What the model cannot do is for its makers to add.
/// Fails with kIo, or as GgufFile::open() and read_manifest().
[[nodiscard]] Result<void> write_card(const Context& context, const TrainFlags& flags, const training::Recipe& recipe);

}  // namespace rap::cli
