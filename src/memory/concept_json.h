// SPDX-License-Identifier: Apache-2.0
// The stored form of a concept: one JSON object, used in the database, its history and bundles.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// A JSON object with every member of the concept.
[[nodiscard]] nlohmann::json concept_to_json(const Concept& subject);

/// The opposite. Fails with kCorrupt when a member is missing or of another type; the rules of
/// validate.h are not checked.
[[nodiscard]] Result<Concept> concept_from_json(const nlohmann::json& json);

/// Both, from and to text.
[[nodiscard]] std::string concept_to_text(const Concept& subject);
[[nodiscard]] Result<Concept> concept_from_text(std::string_view text);

}  // namespace rap
