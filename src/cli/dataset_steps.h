// SPDX-License-Identifier: Apache-2.0
// How the verbs of `rap dataset` show their work.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/context.h"
#include "cli/exit_code.h"
#include "cli/progress.h"
#include "dataset/collect.h"

namespace rap::cli {

/// Shows the steps of some work as a line, and stops it at Ctrl-C.
class Steps {
 public:
  Steps(Context& context, std::string label) : context_(context), label_(std::move(label)) {}

  /// What the work calls; must not outlive this.
  [[nodiscard]] dataset::OnStep callback();

 private:
  Context& context_;
  std::string label_;
  std::unique_ptr<Progress> progress_;  ///< made at the first step, which says how many there are
};

/// What a step counted, in order.
using StepCounts = std::vector<std::pair<std::string, std::size_t>>;

/// Prints counts as a table, or as a JSON object.
ExitCode print_counts(const Context& context, const StepCounts& counts);

}  // namespace rap::cli
