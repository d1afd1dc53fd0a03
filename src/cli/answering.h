// SPDX-License-Identifier: Apache-2.0
// What `rap ask`, `rap chat` and `rap caption` share: flags of generation, streaming, remarks.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/context.h"
#include "rap/assistant.h"

namespace rap::cli {

/// Adds --max-tokens, --temperature and --seed.
void add_generation_flags(CLI::App& verb, GenerateOptions& options);

/// Asks, and shows the answer on stdout as it grows unless JSON is wanted; Ctrl-C stops it (then
/// finish is kCancelled). A spinner bridges a long wait.
[[nodiscard]] Result<Answer> ask_aloud(const Context& context, Assistant& assistant, const AskRequest& request);

/// One line for people: concepts used, repaired names, time.
[[nodiscard]] std::string answer_remark(const Answer& answer);

}  // namespace rap::cli
