// SPDX-License-Identifier: Apache-2.0
#include "generation/json_schema.h"

#include <algorithm>
#include <string>

namespace rap {
namespace {

using Json = nlohmann::ordered_json;

bool is_deeper(const Json& value, int levels) {
  if (!value.is_structured()) return false;
  return levels == 0 ||
         std::any_of(value.begin(), value.end(), [&](const Json& inner) { return is_deeper(inner, levels - 1); });
}

}  // namespace

Result<Json> read_json_schema(std::string_view text) {
  if (text.empty()) return Json::object();
  if (text.size() > kMaxSchemaBytes) {
    return fail(ErrorCode::kTooLarge, "the JSON Schema exceeds " + std::to_string(kMaxSchemaBytes) + " bytes", "json");
  }
  Json schema = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!schema.is_object()) return fail(ErrorCode::kInvalidArgument, "the JSON Schema is not a JSON object", "json");
  if (is_deeper(schema, kMaxSchemaDepth)) {
    return fail(ErrorCode::kTooLarge, "the JSON Schema is nested deeper than " + std::to_string(kMaxSchemaDepth),
                "json");
  }
  return schema;
}

}  // namespace rap
