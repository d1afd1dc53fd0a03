// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "rap/engines.h"
#include "rap/options.h"
#include "rap/result.h"

namespace rap {

/// The vision encoder that open() gives its assistant, alone: for work on photos that needs no
/// memory. Fails with kNotFound or kCorrupt when its weights cannot be read.
[[nodiscard]] Result<std::unique_ptr<Encoder>> open_encoder(const Options& options);

}  // namespace rap
