// SPDX-License-Identifier: Apache-2.0
#include "generation/json_saying.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/text.h"
#include "generation/json_schema.h"

namespace rap {
namespace {

using Json = nlohmann::ordered_json;

/// Whether "type" is, or lists, this type.
bool is_type(const Json& schema, const char* type) {
  const auto member = schema.find("type");
  if (member == schema.end()) return false;
  return *member == type || (member->is_array() && std::find(member->begin(), member->end(), type) != member->end());
}

/// A count of the schema, or something else where it has none that makes sense.
std::size_t count_of(const Json& schema, const char* name, std::size_t otherwise) {
  const auto member = schema.find(name);
  return member != schema.end() && member->is_number_unsigned() ? member->get<std::size_t>() : otherwise;
}

/// `text` in at least `least` and at most `most` characters.
std::string fitted(std::string_view text, std::size_t least, std::size_t most) {
  constexpr std::size_t kMostCharacters = 1'000;
  std::u32string characters = to_utf32(text);
  const std::u32string again = U' ' + characters;
  while (characters.size() < std::min(least, kMostCharacters)) characters += again;
  if (characters.size() > most) characters.resize(most);
  return to_utf8(characters);
}

/// Values from the least to the most: all whole ones if they are few, else eleven.
Json choices(double least, double most, bool whole) {
  constexpr int kSteps = 10;
  Json values = Json::array();
  const bool all = whole && most - least <= kSteps;
  const int steps = all ? static_cast<int>(most - least) : kSteps;
  for (int i = 0; i <= steps; ++i) {
    const double value = all ? least + i : least + (most - least) * i / kSteps;
    if (whole) values.push_back(static_cast<std::int64_t>(std::round(value)));
    if (!whole) values.push_back(value);
  }
  return values;
}

void bind(Json& schema, std::string_view text);

void bind_number(Json& schema) {
  const auto least = schema.find("minimum");
  const auto most = schema.find("maximum");
  constexpr double kFarthest = 1e9;
  const bool is_bounded = least != schema.end() && most != schema.end() && least->is_number() && most->is_number() &&
                          least->get<double>() >= -kFarthest && most->get<double>() <= kFarthest &&
                          least->get<double>() <= most->get<double>();
  if (!is_bounded) return;
  const bool whole = is_type(schema, "integer");
  const double first = whole ? std::ceil(least->get<double>()) : least->get<double>();
  const double last = whole ? std::floor(most->get<double>()) : most->get<double>();
  if (first <= last) schema = Json{{"enum", choices(first, last, whole)}};
}

/// All schemas in the members of an object, or in a list.
void bind_all(Json& schemas, std::string_view text) {
  for (Json& one : schemas) bind(one, text);
}

void bind(Json& schema, std::string_view text) {
  if (!schema.is_object() || schema.contains("enum") || schema.contains("const")) return;
  if (is_type(schema, "string")) {
    schema = Json{{"const", fitted(text, count_of(schema, "minLength", 0), count_of(schema, "maxLength", SIZE_MAX))}};
    return;
  }
  if (is_type(schema, "number") || is_type(schema, "integer")) return bind_number(schema);
  for (const char* members : {"properties", "$defs", "anyOf", "oneOf"}) {
    if (schema.contains(members)) bind_all(schema[members], text);
  }
  for (const char* member : {"items", "additionalProperties"}) {
    if (schema.contains(member)) bind(schema[member], text);
  }
  if (is_type(schema, "array")) {
    const std::size_t items = std::max<std::size_t>(1, count_of(schema, "minItems", 1));
    if (count_of(schema, "maxItems", items) < items) return;  // it may have none
    schema["minItems"] = schema["maxItems"] = items;
  }
}

}  // namespace

Result<std::string> schema_saying(std::string_view schema, std::string_view text) {
  auto read = read_json_schema(schema);
  if (!read) return Unexpected{read.error()};
  if (read->empty()) {
    *read = {{"type", "object"}, {"properties", {{"answer", {{"type", "string"}}}}}, {"required", {"answer"}}};
  }
  bind(*read, text);
  return read->dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rap
