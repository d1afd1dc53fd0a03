// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>

#include "cli/context.h"
#include "evaluation/photo_set.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap::cli {

/// Embeds all photos of a folder behind a progress line; kCancelled after Ctrl-C.
[[nodiscard]] Result<evaluation::PhotoSet> embed(Context& context, const Encoder& encoder,
                                                 const evaluation::PhotoFolder& folder, evaluation::Keep keep);

/// --draws, --views and --seed, for measurements that are repeated over random memories.
void add_draw_flags(CLI::App& verb, std::size_t& draws, std::size_t& views, std::uint64_t& seed);

}  // namespace rap::cli
