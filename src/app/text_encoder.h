// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/lazy.h"
#include "rap/engines.h"
#include "rap/options.h"
#include "rap/result.h"

namespace rap {

/// The text encoder that open() gives its assistant: the manifest's, or a GGUF file of the user's. Few need it, so that
/// weights of the manifest are looked for at the first use only, which fails with kNotFound or kCorrupt where they
/// cannot be had. kNotFound at once for a file of the user's that is not there.
[[nodiscard]] Result<std::shared_ptr<const Lazy<TextEncoder>>> open_text_encoder(const Options& options);

}  // namespace rap
