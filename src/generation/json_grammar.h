// SPDX-License-Identifier: Apache-2.0
// From a JSON Schema to a grammar, so that an answer fits the schema by construction.
#pragma once

#include <string>

#include "generation/json_schema.h"
#include "rap/result.h"

namespace rap {

/// A grammar in llama.cpp's notation (GBNF, start symbol "root") of JSON texts (RFC 8259) that fit
/// `schema` (JSON Schema 2020-12; the subset is that of GenerateOptions::json). Every text of the
/// grammar fits the schema but for bounds of numbers, patterns and unique items; not every text that fits
/// is in the grammar:
/// - it is one line, with at most one space after a comma or colon;
/// - declared properties stand in the schema's order, and no others beside them;
/// - strings escape only quotes, backslashes, line breaks and tabs; numbers have at most 15 digits
///   before and after the point and 2 in the exponent, so that every reader can hold them.
/// The empty schema is any object. Pure.
///
/// kInvalidArgument (field "json") for what is malformed or outside the subset, with the place in
/// the schema as a JSON Pointer; kTooLarge if the grammar would be larger than llama.cpp takes.
[[nodiscard]] Result<std::string> json_grammar(const nlohmann::ordered_json& schema);

}  // namespace rap
