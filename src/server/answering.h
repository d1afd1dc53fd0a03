// SPDX-License-Identifier: Apache-2.0
// From a conversation to its answer: the same for every protocol.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/answer_stream.h"
#include "server/call.h"
#include "server/conversation.h"
#include "server/services.h"

namespace rap::server {

/// How a protocol writes an answer as it grows. Called from one thread, in this order: begin once, piece for each bit
/// of text, end once. All return what is to be sent.
struct StreamWriter {
  std::string content_type;
  std::function<std::string()> begin;
  std::function<std::string(const std::string& text)> piece;
  std::function<std::string(const Answer& answer)> end;
  std::function<std::string(const Error& error)> failed;  ///< after it has begun
};

/// Answers a conversation: at once, with `whole`, or as a stream with `writer`. At most so many as ServerLimits allow
/// are in progress; more are refused with 429 before their photos are looked at. A client that goes away frees its
/// place.
[[nodiscard]] Result<void> answer(const Services& services, Call& call, Conversation conversation,
                                  const std::function<Json(const Answer&)>& whole, const StreamWriter& writer);

/// What was found and used: the member "rap" of answers.
[[nodiscard]] Json rap_extension(const Answer& answer);

/// "data: {...}", as a server-sent event; with a name if there is one.
[[nodiscard]] std::string sent_event(const Json& data, std::string_view name = {});

}  // namespace rap::server
