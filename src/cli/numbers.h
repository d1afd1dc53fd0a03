// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <limits>

namespace rap::cli {

/// Checks that what was given to an option is a number from `least` to `most`. CLI::Range lets NaN pass, and says the
/// largest number of a type where there is no bound.
[[nodiscard]] CLI::Validator number_from(double least, double most = std::numeric_limits<double>::infinity());

}  // namespace rap::cli
