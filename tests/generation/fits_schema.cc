// SPDX-License-Identifier: Apache-2.0
#include "tests/generation/fits_schema.h"

#include <algorithm>
#include <string>

#include "core/text.h"

namespace rap::testing {
namespace {

using Json = nlohmann::ordered_json;

bool has_type(const Json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return value.type_name() == type;
}

bool is_between(std::size_t size, const Json& schema, const char* min, const char* max) {
  return size >= schema.value(min, std::size_t{0}) && size <= schema.value(max, size);
}

class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  [[nodiscard]] bool fits(const Json& value, const Json& schema) const {
    if (schema.is_boolean()) return schema.get<bool>();
    return fits_type(value, schema) && fits_references(value, schema) && fits_constants(value, schema) &&
           fits_object(value, schema) && fits_array(value, schema) && fits_string(value, schema);
  }

 private:
  static bool fits_type(const Json& value, const Json& schema) {
    if (!schema.contains("type")) return true;
    const Json& type = schema["type"];
    if (type.is_string()) return has_type(value, type);
    return std::any_of(type.begin(), type.end(), [&](const Json& one) { return has_type(value, one); });
  }

  [[nodiscard]] bool fits_references(const Json& value, const Json& schema) const {
    if (schema.contains("$ref")) {
      const Json::json_pointer pointer(schema["$ref"].get<std::string>().substr(1));
      if (!fits(value, root_.at(pointer))) return false;
    }
    if (!schema.contains("anyOf")) return true;
    const Json& all = schema["anyOf"];
    return std::any_of(all.begin(), all.end(), [&](const Json& one) { return fits(value, one); });
  }

  static bool fits_constants(const Json& value, const Json& schema) {
    if (schema.contains("const") && value != schema["const"]) return false;
    if (!schema.contains("enum")) return true;
    return std::find(schema["enum"].begin(), schema["enum"].end(), value) != schema["enum"].end();
  }

  [[nodiscard]] bool fits_object(const Json& value, const Json& schema) const {
    if (!value.is_object()) return true;
    const Json properties = schema.value("properties", Json::object());
    for (const Json& name : schema.value("required", Json::array())) {
      if (!value.contains(name.get<std::string>())) return false;
    }
    for (const auto& [name, member] : value.items()) {
      const Json rest = schema.value("additionalProperties", Json(true));
      if (!fits(member, properties.contains(name) ? properties[name] : rest)) return false;
    }
    return true;
  }

  [[nodiscard]] bool fits_array(const Json& value, const Json& schema) const {
    if (!value.is_array()) return true;
    const Json items = schema.value("items", Json(true));
    return is_between(value.size(), schema, "minItems", "maxItems") &&
           std::all_of(value.begin(), value.end(), [&](const Json& item) { return fits(item, items); });
  }

  static bool fits_string(const Json& value, const Json& schema) {
    if (!value.is_string()) return true;
    const auto length = count_characters(value.get<std::string>());
    return length && is_between(*length, schema, "minLength", "maxLength");
  }

  const Json& root_;
};

}  // namespace

bool fits_schema(const Json& value, const Json& schema) { return Validator(schema).fits(value, schema); }

}  // namespace rap::testing
