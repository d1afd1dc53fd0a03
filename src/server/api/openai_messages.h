// SPDX-License-Identifier: Apache-2.0
// What OpenAI's interfaces have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json/json.h"
#include "server/conversation.h"
#include "server/object_reader.h"

namespace rap::server {

/// Reads a list of messages: text, or parts {"type": "text" | "image_url" | "input_text" | "output_text" |
/// "input_image"}. Roles "system" and "developer" are instructions.
[[nodiscard]] Result<std::vector<Utterance>> read_messages(const Json& messages, const std::string& path,
                                                           const PhotoReader& photos);

/// Reads "model"; the default where it is missing or empty.
[[nodiscard]] std::string read_model(ObjectReader& reader);

/// Reads temperature, seed and stop.
void read_sampling(ObjectReader& reader, GenerateOptions& generate);

/// Reads how an answer is to be: {"type": "text" | "json_object" | "json_schema"}, the last with a schema in the member
/// `holder`, or in the format itself if that is empty. `path` is what errors put before the names of its members.
void read_format(ObjectReader& reader, const Json& format, const std::string& path, const std::string& holder,
                 GenerateOptions& generate);

/// A random id with a prefix: "chatcmpl-...".
[[nodiscard]] std::string new_id(const std::string& prefix);

/// Seconds since 1970.
[[nodiscard]] std::int64_t unix_time();

}  // namespace rap::server
