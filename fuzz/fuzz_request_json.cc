// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "fuzz/target.h"
#include "server/api/concept_values.h"
#include "server/api/openai_messages.h"

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  const auto bytes = [](std::string_view text) { return std::vector<std::uint8_t>(text.begin(), text.end()); };
  return {
      bytes(R"({"messages":[{"role":"system","content":"be brief"},{"role":"user","content":[{"type":"text",)"
            R"("text":"who?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],)"
            R"("stop":["a"],"temperature":0.5,"seed":-1,"rap":{"memory":false,"task":"ask"}})"),
      bytes(R"({"name":"Bo","aliases":["B"],"attributes":{"a":null},"consent":"given","views":[{"photo":"AAAA"}]})")};
}

/// Whatever a body holds is read or refused with a reason, and what was read keeps to the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rap::server;
  const ServerLimits limits;
  const auto body = parse_object({reinterpret_cast<const char*>(data), size}, limits.json);
  if (!body) {
    rap::fuzz::require(!body.error().message.empty());
    return 0;
  }
  ObjectReader reader(*body);
  Conversation conversation;
  read_sampling(reader, conversation.generate);
  conversation.rap = read_rap(reader);
  static_cast<void>(read_patch(reader));
  const rap::Json* messages = reader.list("messages");
  if (messages == nullptr || !reader.result()) return 0;
  static const PhotoReader photos(*PhotoFetcher::make({}));
  auto utterances = read_messages(*messages, "messages", photos);
  if (!utterances || !fill_in(std::move(*utterances), limits, conversation)) return 0;
  rap::fuzz::require(conversation.turns.size() <= limits.turns);
  rap::fuzz::require(conversation.photos.size() <= rap::Limits::kQuestionPhotos);
  return 0;
}
