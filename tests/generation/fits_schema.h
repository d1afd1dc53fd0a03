// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

namespace rap::testing {

/// Whether `value` fits `schema` (JSON Schema 2020-12, the keywords of GenerateOptions::json): an
/// oracle that shares nothing with the code it tests.
[[nodiscard]] bool fits_schema(const nlohmann::ordered_json& value, const nlohmann::ordered_json& schema);

}  // namespace rap::testing
