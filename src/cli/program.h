// SPDX-License-Identifier: Apache-2.0
// The `rap` command: parses a command line, runs its verb, reports what went wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/exit_code.h"

namespace rap::cli {

using RunVerb = std::function<Result<ExitCode>(Context&)>;

/// The verbs, while they are being declared. Each verb's file has one function that adds it.
class Program {
 public:
  Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Adds a verb below `parent` that does `run` when it is the one asked for.
  CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& help, RunVerb run);

  /// Adds a verb that only holds other verbs.
  CLI::App* add_group(const std::string& name, const std::string& help);

  [[nodiscard]] CLI::App& root() { return app_; }

  /// Runs `arguments` (without the name of the program).
  [[nodiscard]] ExitCode run(const std::vector<std::string>& arguments, const Services& services, Console& console);

 private:
  struct Verb {
    const CLI::App* app;
    RunVerb run;
  };

  [[nodiscard]] ExitCode report_parse_error(const CLI::ParseError& error, const std::vector<std::string>& arguments,
                                            const Services& services, Console& console);

  CLI::App app_;
  Settings settings_;
  std::vector<Verb> verbs_;
};

}  // namespace rap::cli
