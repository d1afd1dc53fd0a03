// SPDX-License-Identifier: Apache-2.0
// What GenerateOptions::json holds.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "rap/result.h"

namespace rap {

inline constexpr std::size_t kMaxSchemaBytes = 32'768;
inline constexpr int kMaxSchemaDepth = 32;  ///< nested objects and arrays of its text

/// Reads the text of a JSON Schema; properties keep their order. The empty object, which stands for
/// "any object", for an empty text. kInvalidArgument (field "json") if it is not a JSON object,
/// kTooLarge above the limits.
[[nodiscard]] Result<nlohmann::ordered_json> read_json_schema(std::string_view text);

}  // namespace rap
