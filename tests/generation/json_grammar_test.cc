// SPDX-License-Identifier: Apache-2.0
#include "generation/json_grammar.h"
#include "generation/json_saying.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "generation/json_text.h"

namespace rap {
namespace {

Result<std::string> grammar_of(std::string_view schema) {
  auto read = read_json_schema(schema);
  if (!read) return Unexpected{read.error()};
  return json_grammar(*read);
}

struct GoldenCase {
  const char* schema;
  const char* rules;  ///< those of the schema; the ones that all schemas share follow
};

class JsonGrammar : public ::testing::TestWithParam<GoldenCase> {};

TEST_P(JsonGrammar, IsAsWritten) {
  const auto grammar = grammar_of(GetParam().schema);
  ASSERT_TRUE(grammar) << grammar.error().message;
  const std::string rules = std::string(GetParam().rules).substr(1);  // after the line break of the raw string
  EXPECT_TRUE(grammar->starts_with(rules)) << *grammar;
  for (const char* stem : {"\nobject-", "\narray-", "\nunion-", "\nenum-", "\nmembers-", "\nstring-"}) {
    EXPECT_EQ(grammar->find(stem, rules.size() - 1), std::string::npos) << *grammar;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, JsonGrammar,
    ::testing::Values(GoldenCase{"", R"(
root ::= object
value ::= object | array | string | number | boolean | null
object ::= "{" (string colon value (comma string colon value)*)? "}"
array ::= "[" (value (comma value)*)? "]"
string ::= "\"" char* "\""
char ::= [^"\\\x00-\x1F] | "\\" ["\\nt]
number ::= integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?
integer ::= "-"? ("0" | [1-9] [0-9]{0,14})
boolean ::= "true" | "false"
null ::= "null"
colon ::= ":" " "?
comma ::= "," " "?
)"},
                      GoldenCase{" {} ", R"(
root ::= object
)"},
                      GoldenCase{R"({"title": "anything"})", R"(
root ::= value
)"},
                      // The schema's order; commas go with optional members.
                      GoldenCase{R"({"type": "object", "additionalProperties": false,
    "properties": {"z": {"type": "string"}, "a": {"type": "integer"}, "m": true}, "required": ["a"]})",
                                 R"(
root ::= object-1
object-1 ::= "{" ("\"z\"" colon string comma)? "\"a\"" colon integer (comma "\"m\"" colon value)? "}"
)"},
                      GoldenCase{R"({"properties": {"a": {"type": "null"}, "b": {}, "c": {}}})", R"(
root ::= object-1
members-2 ::= "\"b\"" colon value (comma "\"c\"" colon value)? | "\"c\"" colon value
members-3 ::= "\"a\"" colon null (comma members-2)? | members-2
object-1 ::= "{" (members-3)? "}"
)"},
                      GoldenCase{R"({"type": "object", "additionalProperties": false})", R"(
root ::= object-1
object-1 ::= "{}"
)"},
                      GoldenCase{R"({"additionalProperties": {"type": "number"}})", R"(
root ::= object-1
object-1 ::= "{" (string colon number (comma string colon number)*)? "}"
)"},
                      GoldenCase{R"({"type": "array", "items": {"type": "string"}, "maxItems": 3})",
                                 R"(
root ::= array-1
array-1 ::= "[" (string (comma string){0,2})? "]"
)"},
                      GoldenCase{R"({"items": {"type": "null"}, "minItems": 2, "maxItems": 9999})",
                                 R"(
root ::= array-1
array-1 ::= "[" null (comma null){1,255} "]"
)"},
                      GoldenCase{R"({"type": "integer", "minimum": 0, "maximum": 3})", R"(
root ::= integer
)"},
                      GoldenCase{R"({"type": "array", "minItems": 3})", R"(
root ::= array-1
array-1 ::= "[" value (comma value){2,} "]"
)"},
                      GoldenCase{R"({"type": ["string", "null"], "minLength": 1, "maxLength": 8})",
                                 R"(
root ::= union-2
string-1 ::= "\"" char{1,8} "\""
union-2 ::= string-1 | null
)"},
                      // Constants of another type than "type" do not fit.
                      GoldenCase{R"({"enum": ["a\"\\é\n", 1.5, 2.0, true, {"x": [null]}],
                                                          "type": ["string", "integer", "object"]})",
                                 R"(
root ::= enum-1
enum-1 ::= "\"a\\\"\\\\é\\n\"" | "2.0" | "{\"x\":[null]}"
)"},
                      GoldenCase{R"({"const": "Bo"})", R"(
root ::= const-1
const-1 ::= "\"Bo\""
)"},
                      // A value that holds itself; unions of unions are one.
                      GoldenCase{R"({"$ref": "#/$defs/Tree", "$defs": {
    "Leaf": {"oneOf": [{"type": "null"}, {"type": "boolean"}]},
    "Tree": {"properties": {"next": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"$ref": "#/$defs/Leaf"}, {"type": "null"}]}},
             "required": ["next"]}}})",
                                 R"(
root ::= object-1
union-2 ::= object-1 | null | boolean
object-1 ::= "{" "\"next\"" colon union-2 "}"
)"},
                      GoldenCase{R"({"items": {"$ref": "#"}})", R"(
root ::= array-1
array-1 ::= "[" (array-1 (comma array-1){0,})? "]"
)"}));

struct RefusalCase {
  std::string schema;
  const char* message;
  ErrorCode code = ErrorCode::kInvalidArgument;
};
void PrintTo(const RefusalCase& one, std::ostream* out) { *out << one.message; }

class JsonGrammarRefuses : public ::testing::TestWithParam<RefusalCase> {};

TEST_P(JsonGrammarRefuses, WithThePlace) {
  const auto grammar = grammar_of(GetParam().schema);
  ASSERT_FALSE(grammar) << *grammar;
  EXPECT_EQ(grammar.error().code, GetParam().code);
  EXPECT_EQ(grammar.error().field, "json");
  EXPECT_NE(grammar.error().message.find(GetParam().message), std::string::npos) << grammar.error().message;
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// References that fan out: 2^40 ways through them, if each were followed.
std::string fan() {
  std::string schema = R"({"$ref": "#/$defs/0", "$defs": {)";
  for (int i = 0; i < 40; ++i) {
    const std::string next = "{\"$ref\": \"#/$defs/" + std::to_string(i + 1) + "\"}";
    schema += '"' + std::to_string(i) + R"(": {"anyOf": [)" + next + ',' + next + "]},";
  }
  return schema + R"("40": {"type": "null"}}})";
}

INSTANTIATE_TEST_SUITE_P(
    All, JsonGrammarRefuses,
    ::testing::Values(
        RefusalCase{"[", "not a JSON object"}, RefusalCase{"true", "not a JSON object"},
        RefusalCase{"{\"a\": \"\xFF\"}", "not a JSON object"},
        RefusalCase{R"({"type": "string", "not": {}})", "'#': 'not' is not supported here"},
        RefusalCase{R"({"properties": {"a": {"items": {"allOf": [{}]}}}})", "'#/properties/a/items': 'allOf'"},
        RefusalCase{R"({"anyOf": [{"type": "null"}], "type": "null"})", "'type' is not supported here"},
        RefusalCase{R"({"type": "text"})", "unknown 'type'"}, RefusalCase{R"({"type": 3})", "unknown 'type'"},
        RefusalCase{R"({"type": []})", "no 'type'"}, RefusalCase{R"({"properties": []})", "wrong type"},
        RefusalCase{R"({"properties": {"a": false}})", "'#/properties/a': is not a schema that a value can fit"},
        RefusalCase{R"({"properties": {"a": {}}, "required": ["b"]})", "requires what is not among its properties"},
        RefusalCase{R"({"minItems": -1})", "'minItems' that is no count"},
        RefusalCase{R"({"maxLength": 1.5})", "'maxLength' that is no count"},
        RefusalCase{R"({"minItems": 3, "maxItems": 2})", "'maxItems' below its 'minItems'"},
        RefusalCase{R"({"minLength": 2000})", "exceeds 1000 as minLength", ErrorCode::kTooLarge},
        RefusalCase{R"({"enum": []})", "no constant"}, RefusalCase{R"({"enum": "a"})", "not a list"},
        RefusalCase{R"({"enum": ["a"], "type": "null"})", "no constant"},
        RefusalCase{R"({"anyOf": []})", "not a list of schemas"}, RefusalCase{R"({"$ref": "#"})", "refers to itself"},
        RefusalCase{R"({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/a"}]}}})",
                    "refers to itself"},
        RefusalCase{R"({"$ref": "#/$defs/a"})", "refers to something other"},
        RefusalCase{R"({"$ref": "http://localhost/schema"})", "refers to something other"},
        RefusalCase{R"({"$ref": 1})", "refers to something other"}, RefusalCase{fan(), "too many references"},
        RefusalCase{repeated(R"({"items":)", 40) + "{}" + repeated("}", 40), "nested deeper", ErrorCode::kTooLarge},
        RefusalCase{std::string(40'000, ' '), "exceeds 32768 bytes", ErrorCode::kTooLarge},
        RefusalCase{R"({"anyOf": [)" + repeated(R"({"items": {}, "maxItems": 256},)", 500) + "{}]}",
                    "exceeds 20000 items", ErrorCode::kTooLarge}));

TEST(SchemaSaying, LeavesOnlyWhatAModelCanChoose) {
  EXPECT_EQ(*schema_saying("", "Bo"),
            R"({"type":"object","properties":{"answer":{"const":"Bo"}},"required":["answer"]})");
  EXPECT_EQ(*schema_saying(R"({"properties": {"a": {"type": "string", "minLength": 6, "maxLength": 7},
      "b": {"type": ["string", "null"], "maxLength": 1}, "c": {"enum": ["x"]}, "d": {"type": "boolean"}}})",
                           "Zo\u00eb"),
            "{\"properties\":{\"a\":{\"const\":\"Zo\u00eb Zo\u00eb\"},\"b\":{\"const\":\"Z\"},\"c\":{\"enum\":[\"x\"]},"
            "\"d\":{\"type\":\"boolean\"}}}");
  EXPECT_EQ(*schema_saying(R"({"type": "integer", "minimum": 0, "maximum": 2})", ""), R"({"enum":[0,1,2]})");
  EXPECT_EQ((*schema_saying(R"({"type": "number", "minimum": 0, "maximum": 1})", "")).substr(0, 14),
            R"({"enum":[0.0,0)");
  EXPECT_EQ(*schema_saying(R"({"type": "array", "items": {"type": "string"}, "minItems": 2})", "Bo"),
            R"({"type":"array","items":{"const":"Bo"},"minItems":2,"maxItems":2})");
  EXPECT_FALSE(schema_saying("[", "Bo"));
}

TEST(JsonText, IsReadAsAReaderOfJsonReadsIt) {
  EXPECT_EQ(json_as_read(R"({"a":"one\n\"two\"\\\/"})"), R"({"a":"one "two"\/"})");
  EXPECT_EQ(json_as_read(R"(B\u006F Zo\u00eb \ud83d\ude00)"), "Bo Zoë 😀");
  EXPECT_EQ(json_as_read(R"(\u0007\uD83D\uDE)"), " \xEF\xBF\xBD\\uDE") << "control, alone, cut off";
  EXPECT_EQ(json_as_read(R"(\uD83Dx \q \u12g4 \)"), "\xEF\xBF\xBDx \\q \\u12g4 \\");
  EXPECT_EQ(json_as_read(""), "");
}

TEST(JsonText, IsEscapedForAString) {
  EXPECT_EQ(json_escaped(R"(Bo "the \ dog")"), R"(Bo \"the \\ dog\")");
  EXPECT_EQ(json_escaped("Zoë\n"), "Zoë\\n");
  EXPECT_EQ(json_as_read(json_escaped(R"(a"b\c)")), R"(a"b\c)");
}

}  // namespace
}  // namespace rap
