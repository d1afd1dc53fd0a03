// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/context.h"
#include "evaluation/photo_set.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap::cli {

/// Embeds all photos of a folder behind a progress line; kCancelled after Ctrl-C.
[[nodiscard]] Result<evaluation::PhotoSet> embed(Context& context, const Encoder& encoder,
                                                 const evaluation::PhotoFolder& folder, evaluation::Keep keep);

}  // namespace rap::cli
