// SPDX-License-Identifier: Apache-2.0
#include "cli/numbers.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

namespace rap::cli {

CLI::Validator number_from(double least, double most) {
  const std::string range = std::isinf(most) ? fmt::format("{} on", least) : fmt::format("{} to {}", least, most);
  return {[least, most, range](const std::string& text) {
            double value = 0.0;
            const bool is_in_range = CLI::detail::lexical_cast(text, value) && value >= least && value <= most;
            return is_in_range ? std::string() : fmt::format("'{}' is not a number from {}", text, range);
          },
          std::isinf(most) ? std::string() : range};
}

}  // namespace rap::cli
