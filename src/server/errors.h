// SPDX-License-Identifier: Apache-2.0
// Errors as HTTP says them.
#pragma once

#include <exception>

#include "json/json.h"
#include "rap/result.h"

namespace rap::server {

/// Whose conventions a route follows.
enum class Protocol { kRap, kOpenAi, kOllama };

/// What becomes of an exception: its type is told, not its text, which can repeat what a user wrote.
[[nodiscard]] Error unexpected(const std::exception& exception);

/// The status of an error that has none of its own.
[[nodiscard]] int status_of(const Error& error);

/// The body of an error response: {"error": {"code", "message", "field"}} of our own API; {"error": {"message", "type",
/// "param", "code"}} of OpenAI's; {"error": message} of Ollama's.
[[nodiscard]] Json error_body(Protocol protocol, const Error& error, int status);

}  // namespace rap::server
