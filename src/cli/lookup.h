// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "rap/memory.h"
#include "rap/result.h"

namespace rap::cli {

/// All concepts of the owner, ordered by name.
[[nodiscard]] Result<std::vector<Concept>> all_concepts(const Memory& memory, const Owner& owner);

/// The concept with this name, alias or id. kNotFound (field "concept") otherwise, and
/// context.did_you_mean gets the names that look like it.
[[nodiscard]] Result<Concept> find_concept(Context& context, const Memory& memory, std::string_view name_or_id);

}  // namespace rap::cli
