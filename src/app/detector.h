// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "rap/engines.h"
#include "rap/options.h"
#include "rap/result.h"

namespace rap {

/// The detector that the options name, or null. Fails with kNotFound or kCorrupt when a file cannot be read,
/// kUnsupported when it is no detector that rap can use, kInvalidArgument for options that need one.
[[nodiscard]] Result<std::unique_ptr<Detector>> open_detector(const Options& options);

}  // namespace rap
