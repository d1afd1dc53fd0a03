// SPDX-License-Identifier: Apache-2.0
// One function a verb below `rap eval`; each is defined in the file of that verb's name.
#pragma once

#include <CLI/CLI.hpp>

namespace rap::cli {

class Program;

void add_eval_retrieval(Program& program, CLI::App& group);
void add_eval_faces(Program& program, CLI::App& group);
void add_eval_openset(Program& program, CLI::App& group);
void add_eval_scenes(Program& program, CLI::App& group);
void add_eval_memory(Program& program, CLI::App& group);
void add_eval_caption(Program& program, CLI::App& group);
void add_eval_personal(Program& program, CLI::App& group);
void add_eval_set(Program& program, CLI::App& group);

}  // namespace rap::cli
