// SPDX-License-Identifier: Apache-2.0
// The verbs below `rap dataset`.
#pragma once

#include <CLI/CLI.hpp>

namespace rap::cli {

class Program;

void add_dataset_collect(Program& program, CLI::App& group);
void add_dataset_crop(Program& program, CLI::App& group);
void add_dataset_describe(Program& program, CLI::App& group);
void add_dataset_make(Program& program, CLI::App& group);      ///< synthesise, split, validate, stats, build
void add_dataset_transfer(Program& program, CLI::App& group);  ///< export, import

}  // namespace rap::cli
