// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "rap/engines.h"
#include "rap/options.h"
#include "rap/result.h"

namespace rap {

/// The generator that open() gives its assistant, alone: a model of the manifest, a GGUF file of
/// the user's, or a server; null for the model "none". Weights are read at the first use. Fails with
/// kInvalidArgument if the options ask for several, kNotFound for weights that are missing.
[[nodiscard]] Result<std::unique_ptr<Generator>> open_generator(const Options& options);

/// What that generator is called, for people. Fails like open_generator(), where it has no such model.
[[nodiscard]] Result<std::string> generator_name(const Options& options);

}  // namespace rap
