// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/retrieval_task.h"
#include "json/json.h"

namespace rap::cli {

[[nodiscard]] Json json(const evaluation::AtThreshold& rates);

/// The figures of a report and its rates at a threshold, as members.
[[nodiscard]] Json json(const evaluation::OpenSetReport& report, double threshold);

}  // namespace rap::cli
