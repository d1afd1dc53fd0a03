// SPDX-License-Identifier: Apache-2.0
// The JSON that goes to and comes from an OpenAI-compatible server.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "generation/egress.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// What request_body() is made from. Borrows.
struct ChatRequest {
  const Prompt& prompt;
  const GenerateOptions& options;
  const std::string& model;
  bool with_pictures = true;
  const NameHider* hider = nullptr;  ///< null = names may leave
};

/// The body of a POST to /chat/completions. Fails if GenerateOptions::json is not a JSON Schema.
[[nodiscard]] Result<std::string> request_body(const ChatRequest& request);

/// What a streamed chunk or a whole answer says.
struct ChatReply {
  std::string text;
  std::optional<std::string> finish_reason;
  std::optional<int> prompt_tokens;
  std::optional<int> answer_tokens;
};

/// Reads a chunk of a stream, or a whole answer. kCorrupt for anything else, kUnavailable for the
/// server's own report of an error.
[[nodiscard]] Result<ChatReply> read_reply(std::string_view json);

}  // namespace rap
