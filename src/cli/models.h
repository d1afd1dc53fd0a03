// SPDX-License-Identifier: Apache-2.0
// The verbs below `rap models` that make weights; each looks up its own files.
#pragma once

#include <CLI/CLI.hpp>

namespace rap::cli {

class Program;

void add_models_import_lora(Program& program, CLI::App& group);
void add_models_import_projector(Program& program, CLI::App& group);
void add_models_merge(Program& program, CLI::App& group);

}  // namespace rap::cli
