// SPDX-License-Identifier: Apache-2.0
#include "generation/json_grammar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace rap {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string_view>;

/// llama.cpp writes repetitions out, and takes 2,000 at most. Larger maxima become these.
constexpr std::size_t kMaxItems = 256;
constexpr std::size_t kMaxCharacters = 1'000;
/// Of all repetitions of a grammar together, and of its text: they bound its size in memory.
constexpr std::size_t kMaxRepetitions = 20'000;
constexpr std::size_t kMaxGrammarBytes = 262'144;
/// References that lead to one another before anything is said about the value.
constexpr int kMaxReferences = 16;

/// A rule that is the same for every schema, and the rules it uses.
struct Basic {
  std::string_view name;
  std::string_view body;
  Names uses;
};

const std::vector<Basic>& basics() {
  static const std::vector<Basic> kBasics{
      {"value",
       "object | array | string | number | boolean | null",
       {"object", "array", "string", "number", "boolean", "null"}},
      {"object", R"("{" (string colon value (comma string colon value)*)? "}")", {"string", "colon", "value", "comma"}},
      {"array", R"("[" (value (comma value)*)? "]")", {"value", "comma"}},
      {"string", R"("\"" char* "\"")", {"char"}},
      {"char", R"([^"\\\x00-\x1F] | "\\" ["\\nt])", {}},
      {"number", R"(integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?)", {"integer"}},
      {"integer", R"("-"? ("0" | [1-9] [0-9]{0,14}))", {}},
      {"boolean", R"("true" | "false")", {}},
      {"null", R"("null")", {}},
      {"colon", R"(":" " "?)", {}},
      {"comma", R"("," " "?)", {}},
  };
  return kBasics;
}

constexpr std::array<std::string_view, 7> kTypes{"object", "array", "string", "number", "integer", "boolean", "null"};

/// What says more about values of one type.
struct Keyword {
  std::string_view name;
  std::string_view type;
};
constexpr std::array<Keyword, 8> kKeywords{{{"properties", "object"},
                                            {"required", "object"},
                                            {"additionalProperties", "object"},
                                            {"items", "array"},
                                            {"minItems", "array"},
                                            {"maxItems", "array"},
                                            {"minLength", "string"},
                                            {"maxLength", "string"}}};

/// Says nothing about which values fit. ("format" is an annotation since draft 2019-09.)
constexpr std::array<std::string_view, 13> kAnnotations{
    "$schema", "$id",        "$comment", "$defs",    "definitions", "title", "description",
    "default", "deprecated", "examples", "readOnly", "writeOnly",   "format"};

/// Narrows which values fit in ways that no grammar of a useful size can: read, and left to whoever asked.
constexpr std::array<std::string_view, 7> kNotEnforced{"minimum",    "maximum", "exclusiveMinimum", "exclusiveMaximum",
                                                       "multipleOf", "pattern", "uniqueItems"};

bool contains(const auto& list, const auto& item) { return std::find(list.begin(), list.end(), item) != list.end(); }

bool has_keyword_of(const Json& schema, std::string_view type) {
  return std::any_of(kKeywords.begin(), kKeywords.end(),
                     [&](const Keyword& keyword) { return keyword.type == type && schema.contains(keyword.name); });
}

bool is_of_type(const Json& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "number") return value.is_number();
  return value.is_number() && std::trunc(value.get<double>()) == value.get<double>();
}

/// A text of the grammar that is exactly the JSON of `value`.
std::string literal(const Json& value) {
  std::string quoted = "\"";
  for (const char character : value.dump()) {
    if (character == '"' || character == '\\') quoted += '\\';
    quoted += character;
  }
  return quoted + '"';
}

std::string join(const std::vector<std::string>& alternatives) {
  std::string joined;
  for (const std::string& one : alternatives) joined += (joined.empty() ? "" : " | ") + one;
  return joined;
}

struct Range {
  std::size_t min = 0;
  std::optional<std::size_t> max;
};

/// How often what stands before it is repeated.
std::string repetition(const Range& range) {
  return '{' + std::to_string(range.min) + ',' + (range.max ? std::to_string(*range.max) : "") + '}';
}

/// Turns one schema into a grammar. Functions that take a schema return what stands for its values
/// in a sequence: the name of a rule, mostly. After a failure they return anything.
class GrammarWriter {
 public:
  explicit GrammarWriter(const Json& schema) : schema_(schema) {}

  Result<std::string> write() {
    const std::string root = schema_.empty() ? basic("object") : value(schema_, "#");
    for (; !unwritten_.empty() && !error_; unwritten_.pop_front()) {
      const Container& next = unwritten_.front();
      add_rule(next.rule, (this->*next.body)(*next.schema, next.place));
    }
    if (error_) return Unexpected{*error_};
    std::string grammar = "root ::= " + root + '\n' + rules_;
    for (const Basic& one : basics()) {
      if (used_.contains(one.name)) grammar.append(one.name).append(" ::= ").append(one.body).push_back('\n');
    }
    return grammar;
  }

 private:
  using Body = std::string (GrammarWriter::*)(const Json&, const std::string&);

  /// An object or array whose rule has a name already and is written later, so that it can hold itself.
  struct Container {
    std::string rule;
    const Json* schema;
    std::string place;
    Body body;
  };

  std::string value(const Json& schema, const std::string& place) {
    const auto all = alternatives(schema, place, 0);
    return all.size() == 1 ? all.front() : rule("union", join(all));
  }

  /// Unions and references are resolved here, so that no rule of the grammar begins with another
  /// one of the schema: llama.cpp's search for left recursion follows each way through them.
  std::vector<std::string> alternatives(const Json& schema, const std::string& place, int references) {
    if (error_) return {};
    if (schema == Json(true)) return {basic("value")};
    if (!schema.is_object()) return refuse(place, "is not a schema that a value can fit");
    if (schema.contains("$ref")) {
      allow(schema, place, {"$ref"});
      return referenced(schema["$ref"], place, references);
    }
    for (const char* key : {"anyOf", "oneOf"}) {
      if (!schema.contains(key)) continue;
      allow(schema, place, {key});
      return united(schema[key], place + '/' + key, references);
    }
    for (const char* key : {"enum", "const"}) {
      if (!schema.contains(key)) continue;
      allow(schema, place, {key, "type"});
      return {constants(schema, key, place)};
    }
    Names allowed{"type"};
    for (const Keyword& keyword : kKeywords) allowed.push_back(keyword.name);
    allow(schema, place, allowed);
    std::vector<std::string> all;
    for (const std::string& type : types(schema, place)) {
      if (!error_) all.push_back(typed(schema, type, place));
    }
    return all;
  }

  std::vector<std::string> referenced(const Json& reference, const std::string& place, int references) {
    const Json* target = reference.is_string() ? find(reference.get<std::string>()) : nullptr;
    if (!target) return refuse(place, "refers to something other than '#' or what stands under '#/$defs/'");
    if (references == kMaxReferences) return refuse(place, "refers to itself, or through too many references");
    if (const auto known = referenced_.find(target); known != referenced_.end()) return known->second;
    return referenced_[target] = alternatives(*target, reference.get<std::string>(), references + 1);
  }

  [[nodiscard]] const Json* find(std::string_view reference) const {
    if (reference == "#") return &schema_;
    for (const std::string_view key : {"$defs", "definitions"}) {
      const std::string folder = "#/" + std::string(key) + '/';
      if (!reference.starts_with(folder)) continue;
      const auto definitions = schema_.find(key);
      if (definitions == schema_.end() || !definitions->is_object()) return nullptr;
      const auto found = definitions->find(reference.substr(folder.size()));
      return found == definitions->end() ? nullptr : &*found;
    }
    return nullptr;
  }

  std::vector<std::string> united(const Json& schemas, const std::string& place, int references) {
    if (!schemas.is_array() || schemas.empty()) return refuse(place, "is not a list of schemas");
    std::vector<std::string> all;
    for (std::size_t i = 0; i < schemas.size(); ++i) {
      for (std::string& one : alternatives(schemas[i], place + '/' + std::to_string(i), references)) {
        if (!contains(all, one)) all.push_back(std::move(one));
      }
    }
    return all;
  }

  std::string constants(const Json& schema, const char* key, const std::string& place) {
    const Json values = key == std::string_view("enum") ? schema[key] : Json::array({schema[key]});
    if (!values.is_array()) return refuse(place, "has an 'enum' that is not a list").front();
    const bool any_type = !schema.contains("type");
    const auto allowed = any_type ? std::vector<std::string>{} : types(schema, place);
    std::vector<std::string> literals;
    for (const Json& one : values) {
      const auto fits = [&](const std::string& type) { return is_of_type(one, type); };
      if (any_type || std::any_of(allowed.begin(), allowed.end(), fits)) literals.push_back(literal(one));
    }
    if (literals.empty()) return refuse(place, "has no constant that a value can be").front();
    return rule(key, join(literals));
  }

  /// The types of what fits; where the schema does not say, those that its keywords are about.
  std::vector<std::string> types(const Json& schema, const std::string& place) {
    std::vector<std::string> found;
    if (!schema.contains("type")) {
      for (const std::string_view type : kTypes) {
        if (has_keyword_of(schema, type)) found.emplace_back(type);
      }
      return found.empty() ? std::vector<std::string>{"value"} : found;
    }
    const Json& type = schema["type"];
    for (const Json& one : type.is_array() ? type : Json::array({type})) {
      if (!one.is_string() || !contains(kTypes, one.get<std::string>())) return refuse(place, "has an unknown 'type'");
      found.push_back(one);
    }
    return found.empty() ? refuse(place, "has no 'type'") : found;
  }

  std::string typed(const Json& schema, const std::string& type, const std::string& place) {
    if (!has_keyword_of(schema, type)) return basic(type);
    if (type == "object") return container(type, schema, place, &GrammarWriter::object);
    if (type == "array") return container(type, schema, place, &GrammarWriter::array);
    return string(schema, place);
  }

  std::string container(const std::string& type, const Json& schema, const std::string& place, Body body) {
    const auto [found, is_new] = containers_.try_emplace({&schema, type});
    if (is_new) {
      found->second = new_name(type);
      unwritten_.push_back({found->second, &schema, place, body});
    }
    return found->second;
  }

  std::string object(const Json& schema, const std::string& place) {
    const Json properties = schema.value("properties", Json::object());
    const Json required = schema.value("required", Json::array());
    if (!properties.is_object() || !required.is_array()) {
      return refuse(place, "has 'properties' or 'required' of the wrong type").front();
    }
    for (const Json& name : required) {
      if (!name.is_string() || !properties.contains(name.get<std::string>())) {
        return refuse(place, "requires what is not among its properties").front();
      }
    }
    if (properties.empty()) return map(schema, place);
    const std::string below = place + "/properties/";
    std::vector<std::string> members;
    std::vector<bool> is_required;
    for (const auto& [name, property] : schema["properties"].items()) {
      std::string member = literal(name);
      members.push_back(member.append(" colon ").append(value(property, below + name)));
      is_required.push_back(contains(required, name));
    }
    basic("colon");
    basic("comma");
    const bool all_optional = !contains(is_required, true);
    return R"("{" )" + (all_optional ? any_members(members) : some_members(members, is_required)) + R"( "}")";
  }

  /// An object of any names.
  std::string map(const Json& schema, const std::string& place) {
    if (const auto rest = schema.find("additionalProperties"); rest != schema.end() && *rest != Json(true)) {
      if (*rest == Json(false)) return R"("{}")";
      const std::string member = basic("string") + " colon " + value(*rest, place + "/additionalProperties");
      basic("colon");
      basic("comma");
      return R"("{" ()" + member + " (comma " + member + R"()*)? "}")";
    }
    return basic("object");
  }

  /// Members of which at least one is required: the commas of those before it follow them, the
  /// commas of those after it precede them.
  static std::string some_members(const std::vector<std::string>& members, const std::vector<bool>& is_required) {
    std::string sequence;
    bool is_first = true;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (is_first) {
        sequence += is_required[i] ? members[i] : '(' + members[i] + " comma)? ";
        is_first = !is_required[i];
      } else {
        sequence += is_required[i] ? " comma " + members[i] : " (comma " + members[i] + ")?";
      }
    }
    return sequence;
  }

  /// Members that are all optional.
  std::string any_members(const std::vector<std::string>& members) {
    std::string at_least_one = members.back();
    for (std::size_t i = members.size() - 1; i-- > 0;) {
      std::string with_this = members[i];
      with_this.append(" (comma ").append(at_least_one).append(")? | ").append(at_least_one);
      at_least_one = rule("members", with_this);
    }
    return '(' + at_least_one + ")?";
  }

  std::string array(const Json& schema, const std::string& place) {
    const std::string item =
        schema.contains("items") ? value(schema["items"], place + "/items") : std::string(basic("value"));
    const Range range = read_range(schema, "minItems", "maxItems", kMaxItems, place);
    if (range.max == std::size_t{0}) return R"("[]")";
    Range more{range.min > 0 ? range.min - 1 : 0, range.max};
    if (more.max) --*more.max;
    basic("comma");
    std::string items = item;
    items.append(" (comma ").append(item).append(")").append(repetition(more));
    return R"("[" )" + (range.min == 0 ? '(' + items + ")?" : items) + R"( "]")";
  }

  std::string string(const Json& schema, const std::string& place) {
    const Range range = read_range(schema, "minLength", "maxLength", kMaxCharacters, place);
    return rule("string", R"("\"" )" + basic("char") + repetition(range) + R"( "\"")");
  }

  Range read_range(const Json& schema, const char* min, const char* max, std::size_t limit, const std::string& place) {
    const auto read = [&](const char* key) -> std::optional<std::size_t> {
      if (!schema.contains(key)) return std::nullopt;
      if (!schema[key].is_number_unsigned())
        refuse(place, std::string("has a '") + key + "' that is no count");
      else
        return schema[key].get<std::size_t>();
      return std::nullopt;
    };
    Range range{read(min).value_or(0), read(max)};
    if (range.max && *range.max < range.min) refuse(place, std::string("has a '") + max + "' below its '" + min + "'");
    if (range.min > limit) too_large(std::to_string(limit) + " as " + min);
    if (range.max) range.max = std::min(*range.max, limit);
    repetitions_ += range.max.value_or(range.min);
    if (repetitions_ > kMaxRepetitions) too_large(std::to_string(kMaxRepetitions) + " items and characters counted");
    return range;
  }

  /// Fails if a schema says what is not understood: it would be ignored.
  void allow(const Json& schema, const std::string& place, const Names& keywords) {
    for (const auto& [key, unused] : schema.items()) {
      if (!contains(kAnnotations, key) && !contains(kNotEnforced, key) && !contains(keywords, key))
        refuse(place, '\'' + key + "' is not supported here");
    }
  }

  /// The name of a rule with this body; one for all that are equal.
  std::string rule(const std::string& stem, const std::string& body) {
    const auto [found, is_new] = named_.try_emplace(body);
    if (is_new) {
      found->second = new_name(stem);
      add_rule(found->second, body);
    }
    return found->second;
  }

  std::string new_name(const std::string& stem) { return stem + '-' + std::to_string(++names_); }

  void add_rule(const std::string& name, const std::string& body) {
    rules_ += name + " ::= " + body + '\n';
    if (rules_.size() > kMaxGrammarBytes) too_large(std::to_string(kMaxGrammarBytes) + " bytes as a grammar");
  }

  std::string basic(std::string_view name) {
    const auto& all = basics();
    const auto& one = *std::find_if(all.begin(), all.end(), [&](const Basic& other) { return other.name == name; });
    if (used_.insert(one.name).second) {
      for (const std::string_view other : one.uses) basic(other);
    }
    return std::string(name);
  }

  /// Keeps the first failure. Returns something for its caller to return.
  std::vector<std::string> refuse(const std::string& place, const std::string& what) {
    if (!error_) error_ = Error{ErrorCode::kInvalidArgument, "the JSON Schema at '" + place + "': " + what, "json"};
    return {""};
  }

  void too_large(const std::string& limit) {
    if (!error_) error_ = Error{ErrorCode::kTooLarge, "the JSON Schema exceeds " + limit, "json"};
  }

  const Json& schema_;
  std::string rules_;
  std::set<std::string_view> used_;                                        // of the basic rules
  std::map<std::string, std::string> named_;                               // from the body of a rule to its name
  std::map<std::pair<const Json*, std::string>, std::string> containers_;  // to the name of the rule
  std::map<const Json*, std::vector<std::string>> referenced_;
  std::deque<Container> unwritten_;
  std::size_t names_ = 0;
  std::size_t repetitions_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<std::string> json_grammar(const Json& schema) { return GrammarWriter(schema).write(); }

}  // namespace rap
