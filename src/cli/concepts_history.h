// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "rap/memory.h"

namespace rap::cli {

/// The name of the concept that a step was about, after it if it was not removed.
[[nodiscard]] const std::string& name_in(const HistoryEntry& entry);

/// What a step changed, for people: "created", "removed", or the members that differ.
[[nodiscard]] std::string changes_in(const HistoryEntry& entry);

}  // namespace rap::cli
