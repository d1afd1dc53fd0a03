// SPDX-License-Identifier: Apache-2.0
#include <llama-cpp.h>

#include <string_view>

#include "fuzz/target.h"
#include "generation/json_grammar.h"
#include "generation/json_text.h"

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  std::vector<std::vector<std::uint8_t>> all;
  for (
      const std::string_view text :
      {R"({"type":"object","properties":{"a":{"type":"string","maxLength":9},"b":{"enum":[1,"\\u00e9\\n",null]}}})",
       R"({"properties":{"a\"":{},"b":{"items":{"type":["number","null"]},"minItems":1,"maxItems":4}},"required":["b"]})",
       R"({"$ref":"#/$defs/T","$defs":{"T":{"anyOf":[{"items":{"$ref":"#/$defs/T"}},{"const":{"x":[2.5]}}]}}})",
       R"({"additionalProperties":{"type":"array","minItems":2},"oneOf":[{"$ref":"#"}]})"}) {
    all.emplace_back(text.begin(), text.end());
  }
  return all;
}

/// Whatever has a grammar has one that llama.cpp can read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(rap::json_as_read(text));
  const auto schema = rap::read_json_schema(text);
  if (!schema) return 0;
  const auto grammar = rap::json_grammar(*schema);
  if (!grammar) return 0;
  const llama_sampler_ptr sampler(llama_sampler_init_grammar(/*vocab=*/nullptr, grammar->c_str(), "root"));
  rap::fuzz::require(sampler != nullptr);
  return 0;
}
