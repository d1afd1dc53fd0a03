// SPDX-License-Identifier: Apache-2.0
// A question with what was said before it, in no protocol's words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rap/assistant.h"
#include "server/object_reader.h"
#include "server/options.h"
#include "server/photo_reader.h"

namespace rap::server {

/// What a request may say about rap itself: "rap": {...}, or "rap": false.
struct RapRequest {
  bool extension = true;       ///< the answer says what was found
  std::optional<bool> memory;  ///< false = the bare model
  std::optional<double> threshold;
  std::optional<Task> task;  ///< none = what the words of the question ask for
};

/// One message.
struct Utterance {
  Role role = Role::kUser;
  std::string text;
  std::vector<Bytes> photos;
};

/// What is to be answered.
struct Conversation {
  std::string model;
  std::string instructions;
  std::vector<Turn> turns;
  std::vector<Bytes> photos;  ///< of the question, or else of the last message that had any
  std::string question;
  GenerateOptions generate;
  bool stream = false;
  RapRequest rap;
};

/// Takes messages together: system messages are instructions, the last user message is the question, the others are
/// turns, of which the newest are kept. kInvalidArgument without a user message at the end; kTooLarge beyond
/// ServerLimits::turns.
[[nodiscard]] Result<void> fill_in(std::vector<Utterance> messages, const ServerLimits& limits,
                                   Conversation& conversation);

/// How long an answer may be: as the request says, within the limit. Where it says nothing, JSON gets all there is,
/// since it has to end by itself.
[[nodiscard]] int answer_tokens(std::optional<std::int64_t> wanted, const GenerateOptions& generate,
                                const ServerLimits& limits);

/// Reads "rap" of a request.
[[nodiscard]] RapRequest read_rap(ObjectReader& reader);

/// Whether a text asks for a description of a photo, whose names then have to be said.
[[nodiscard]] bool asks_for_caption(std::string_view question);

}  // namespace rap::server
