// SPDX-License-Identifier: Apache-2.0
// OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat), with the member "rap" besides.
#include <algorithm>
#include <tuple>
#include <utility>

#include "server/answering.h"
#include "server/api/openai_messages.h"
#include "server/api/routes.h"
#include "server/form.h"

namespace rap::server {
namespace {

const char* finish_word(FinishReason finish) { return finish == FinishReason::kLength ? "length" : "stop"; }

Json usage_json(const Answer& answer) {
  return {{"prompt_tokens", answer.prompt_tokens},
          {"completion_tokens", answer.answer_tokens},
          {"total_tokens", answer.prompt_tokens + answer.answer_tokens}};
}

/// "response_format": what form the answer has.
struct ChatRequest {
  Conversation conversation;
  bool include_usage = false;
};

Result<ChatRequest> read_request(const Services& services, Call& call) {
  const ServerLimits& limits = services.options.limits;
  const auto body = read_json(services, call);
  if (!body) return Unexpected{body.error()};
  ObjectReader reader(*body);
  ChatRequest request;
  Conversation& conversation = request.conversation;
  conversation.model = read_model(reader);
  conversation.stream = reader.boolean("stream").value_or(false);
  read_sampling(reader, conversation.generate);
  if (const Json* format = reader.object("response_format")) {
    read_format(reader, *format, "response_format.", "json_schema", conversation.generate);
  }
  const auto tokens = reader.integer("max_completion_tokens", 1, INT32_MAX);
  const auto older_tokens = reader.integer("max_tokens", 1, INT32_MAX);
  conversation.generate.max_tokens = answer_tokens(tokens ? tokens : older_tokens, conversation.generate, limits);
  std::ignore = reader.integer("n", 1, 1);  // one answer; more are refused
  conversation.rap = read_rap(reader);
  if (const Json* options = reader.object("stream_options")) {
    request.include_usage = ObjectReader(*options).boolean("include_usage").value_or(false);
  }
  const Json* messages = reader.list("messages");
  if (messages == nullptr) reader.fail("messages", "is missing");
  if (const auto read = reader.result(); !read) return Unexpected{read.error()};
  auto utterances = read_messages(*messages, "messages", services.photos);
  if (!utterances) return Unexpected{utterances.error()};
  if (auto filled = fill_in(std::move(*utterances), limits, conversation); !filled) return Unexpected{filled.error()};
  return request;
}

/// Writes chunks of one completion.
class Chunks {
 public:
  Chunks(std::string model, bool include_usage, bool with_extension)
      : id_(new_id("chatcmpl-")),
        created_(unix_time()),
        model_(std::move(model)),
        include_usage_(include_usage),
        with_extension_(with_extension) {}

  [[nodiscard]] std::string begin() const {
    return sent_event(chunk({{"role", "assistant"}, {"content", ""}}, nullptr));
  }
  [[nodiscard]] std::string piece(const std::string& text) const {
    return sent_event(chunk({{"content", text}}, nullptr));
  }
  [[nodiscard]] std::string end(const Answer& answer) const {
    Json last = chunk(Json::object(), finish_word(answer.finish));
    if (with_extension_) last["rap"] = rap_extension(answer);
    std::string events = sent_event(last);
    if (include_usage_) {
      Json usage = chunk(Json::object(), nullptr);
      usage["choices"] = Json::array();
      usage["usage"] = usage_json(answer);
      events += sent_event(usage);
    }
    return events + kDone;
  }
  [[nodiscard]] static std::string failed(const Error& error) {
    return sent_event(error_body(Protocol::kOpenAi, error, status_of(error))) + kDone;
  }

  /// The whole completion.
  [[nodiscard]] Json whole(const Answer& answer) const {
    Json json = {{"id", id_},
                 {"object", "chat.completion"},
                 {"created", created_},
                 {"model", model_},
                 {"choices",
                  {{{"index", 0},
                    {"message", {{"role", "assistant"}, {"content", answer.text}, {"refusal", nullptr}}},
                    {"logprobs", nullptr},
                    {"finish_reason", finish_word(answer.finish)}}}},
                 {"usage", usage_json(answer)}};
    if (with_extension_) json["rap"] = rap_extension(answer);
    return json;
  }

 private:
  static constexpr char kDone[] = "data: [DONE]\n\n";

  [[nodiscard]] Json chunk(Json delta, const Json& finish) const {
    return {
        {"id", id_},
        {"object", "chat.completion.chunk"},
        {"created", created_},
        {"model", model_},
        {"choices", {{{"index", 0}, {"delta", std::move(delta)}, {"logprobs", nullptr}, {"finish_reason", finish}}}}};
  }

  std::string id_;
  std::int64_t created_;
  std::string model_;
  bool include_usage_;
  bool with_extension_;
};

Result<void> complete(const Services& services, Call& call) {
  auto request = read_request(services, call);
  if (!request) return Unexpected{request.error()};
  Conversation& conversation = request->conversation;
  const Chunks chunks(conversation.model, request->include_usage, conversation.rap.extension);
  const StreamWriter writer{.content_type = "text/event-stream",
                            .begin = [chunks] { return chunks.begin(); },
                            .piece = [chunks](const std::string& text) { return chunks.piece(text); },
                            .end = [chunks](const Answer& answer) { return chunks.end(answer); },
                            .failed = &Chunks::failed};
  return answer(
      services, call, std::move(conversation), [&](const Answer& answer) { return chunks.whole(answer); }, writer);
}

}  // namespace

void add_chat_completions(Router& router, const Services& services) {
  router.add({.method = "POST",
              .path = "/v1/chat/completions",
              .scope = Scope::kRead,
              .protocol = Protocol::kOpenAi,
              .handler = [&services](Call& call) { return complete(services, call); }});
}

}  // namespace rap::server
