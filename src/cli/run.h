// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/exit_code.h"

namespace rap::cli {

/// Runs one command line of `rap`, without the name of the program: what main() calls. Results go
/// to console.out, everything else to console.err; see docs/cli.md.
[[nodiscard]] ExitCode run_command(const std::vector<std::string>& arguments, const Services& services,
                                   Console& console);

}  // namespace rap::cli
