// SPDX-License-Identifier: Apache-2.0
// JSON from models that were taught to say a sentence about a photo, and nothing of schemas.
#pragma once

#include <string>
#include <string_view>

#include "rap/result.h"

namespace rap {

/// The schema with less left to choose, so that a model that cannot follow it writes something that is true: every free
/// text in it becomes `text` (repeated up to its minLength, cut at its maxLength), every bounded number one of at most
/// 11 in its bounds, and a list has one item, or minItems. An empty schema becomes an object with a member "answer".
/// Pure; fails like read_json_schema().
[[nodiscard]] Result<std::string> schema_saying(std::string_view schema, std::string_view text);

}  // namespace rap
