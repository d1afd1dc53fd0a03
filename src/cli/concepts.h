// SPDX-License-Identifier: Apache-2.0
// The verbs below `rap concepts`; each is defined in the file of that verb's name.
#pragma once

#include <CLI/CLI.hpp>

namespace rap::cli {

class Program;

void add_concepts_list(Program& program, CLI::App& group);
void add_concepts_show(Program& program, CLI::App& group);
void add_concepts_edit(Program& program, CLI::App& group);
void add_concepts_history(Program& program, CLI::App& group);
void add_concepts_undo(Program& program, CLI::App& group);
void add_concepts_forget(Program& program, CLI::App& group);
void add_concepts_export(Program& program, CLI::App& group);
void add_concepts_import(Program& program, CLI::App& group);

}  // namespace rap::cli
