// SPDX-License-Identifier: Apache-2.0
// OpenAI's responses (https://platform.openai.com/docs/api-reference/responses), with the member "rap" besides.
// Nothing is kept: a conversation is sent whole.
#include <algorithm>
#include <memory>
#include <utility>

#include "server/answering.h"
#include "server/api/openai_messages.h"
#include "server/api/routes.h"
#include "server/form.h"

namespace rap::server {
namespace {

/// What a response repeats of its request.
struct Echo {
  std::string model;
  Json instructions;  ///< a text or null
  Json max_output_tokens;
  double temperature = 0.0;
  Json format = {{"type", "text"}};
};

struct ResponsesRequest {
  Conversation conversation;
  Echo echo;
};

/// "text": {"format": ...}: what form the answer has.
void read_text(ObjectReader& reader, ResponsesRequest& request) {
  const Json* text = reader.object("text");
  const Json* format = text == nullptr ? nullptr : ObjectReader(*text, "text.").object("format");
  if (format == nullptr) return;
  read_format(reader, *format, "text.format.", "", request.conversation.generate);
  request.echo.format = *format;
}

/// Items that are no messages (calls of tools, reasoning) have nothing that is answered here.
Json messages_of(const Json& input) {
  if (input.is_string()) return Json::array({{{"role", "user"}, {"content", input}}});
  Json messages = Json::array();
  for (const Json& item : input) {
    const bool is_message = !item.is_object() || !item.contains("type") || item["type"] == "message";
    if (is_message) messages.push_back(item);
  }
  return messages;
}

Result<ResponsesRequest> read_request(const Services& services, Call& call) {
  const ServerLimits& limits = services.options.limits;
  const auto body = read_json(services, call);
  if (!body) return Unexpected{body.error()};
  ObjectReader reader(*body);
  ResponsesRequest request;
  Conversation& conversation = request.conversation;
  conversation.model = read_model(reader);
  conversation.stream = reader.boolean("stream").value_or(false);
  const auto tokens = reader.integer("max_output_tokens", 1, INT32_MAX);
  read_sampling(reader, conversation.generate);
  read_text(reader, request);
  conversation.generate.max_tokens = answer_tokens(tokens, conversation.generate, limits);
  conversation.rap = read_rap(reader);
  const auto instructions = reader.text("instructions");
  if (reader.find("previous_response_id") != nullptr) {
    reader.fail("previous_response_id", "is not supported: nothing is kept here, so send the conversation whole");
  }
  const Json* input = reader.find("input");
  if (input == nullptr || !(input->is_string() || input->is_array())) reader.fail("input", "must be a text or a list");
  if (const auto read = reader.result(); !read) return Unexpected{read.error()};
  auto utterances = read_messages(messages_of(*input), "input", services.photos);
  if (!utterances) return Unexpected{utterances.error()};
  if (instructions) utterances->insert(utterances->begin(), Utterance{Role::kSystem, *instructions, {}});
  if (auto filled = fill_in(std::move(*utterances), limits, conversation); !filled) return Unexpected{filled.error()};
  request.echo.model = conversation.model;
  request.echo.instructions = instructions ? Json(*instructions) : Json(nullptr);
  request.echo.max_output_tokens = tokens ? Json(*tokens) : Json(nullptr);
  request.echo.temperature = static_cast<double>(conversation.generate.temperature);
  return request;
}

Json usage_json(const Answer& answer) {
  return {{"input_tokens", answer.prompt_tokens},
          {"input_tokens_details", {{"cached_tokens", 0}}},
          {"output_tokens", answer.answer_tokens},
          {"output_tokens_details", {{"reasoning_tokens", 0}}},
          {"total_tokens", answer.prompt_tokens + answer.answer_tokens}};
}

/// One response, whole or as events.
class ResponseWriter {
 public:
  ResponseWriter(Echo echo, bool with_extension)
      : id_(new_id("resp_")),
        message_id_(new_id("msg_")),
        created_(unix_time()),
        echo_(std::move(echo)),
        with_extension_(with_extension) {}

  [[nodiscard]] std::string begin() {
    std::string events = event("response.created", {{"response", response("in_progress", Json::array())}});
    events += event("response.in_progress", {{"response", response("in_progress", Json::array())}});
    events +=
        event("response.output_item.added", {{"output_index", 0}, {"item", message("in_progress", Json::array())}});
    return events + event("response.content_part.added", in_part({{"part", part("")}}));
  }
  [[nodiscard]] std::string piece(const std::string& text) {
    return event("response.output_text.delta", in_part({{"delta", text}, {"logprobs", Json::array()}}));
  }
  [[nodiscard]] std::string end(const Answer& answer) {
    std::string events =
        event("response.output_text.done", in_part({{"text", answer.text}, {"logprobs", Json::array()}}));
    events += event("response.content_part.done", in_part({{"part", part(answer.text)}}));
    events += event("response.output_item.done", {{"output_index", 0}, {"item", finished_message(answer)}});
    const bool is_cut = answer.finish == FinishReason::kLength;
    return events + event(is_cut ? "response.incomplete" : "response.completed", {{"response", whole(answer)}});
  }
  [[nodiscard]] std::string failed(const Error& error) {
    Json json = response("failed", Json::array());
    json["error"] = {{"code", "server_error"}, {"message", error.message}};
    return event("response.failed", {{"response", std::move(json)}});
  }

  [[nodiscard]] Json whole(const Answer& answer) const {
    const bool is_cut = answer.finish == FinishReason::kLength;
    Json json = response(is_cut ? "incomplete" : "completed", Json::array({finished_message(answer)}));
    if (is_cut) json["incomplete_details"] = {{"reason", "max_output_tokens"}};
    json["usage"] = usage_json(answer);
    if (with_extension_) json["rap"] = rap_extension(answer);
    return json;
  }

 private:
  /// One event; their numbers rise by one.
  [[nodiscard]] std::string event(const std::string& type, const Json& members) {
    Json json = {{"type", type}, {"sequence_number", sequence_++}};
    json.update(members);
    return sent_event(json, type);
  }

  [[nodiscard]] Json in_part(const Json& members) const {
    Json json = {{"item_id", message_id_}, {"output_index", 0}, {"content_index", 0}};
    json.update(members);
    return json;
  }

  [[nodiscard]] static Json part(const std::string& text) {
    return {{"type", "output_text"}, {"text", text}, {"annotations", Json::array()}, {"logprobs", Json::array()}};
  }

  [[nodiscard]] Json message(const char* status, Json content) const {
    return {{"type", "message"},
            {"id", message_id_},
            {"status", status},
            {"role", "assistant"},
            {"content", std::move(content)}};
  }

  [[nodiscard]] Json finished_message(const Answer& answer) const {
    const bool is_cut = answer.finish == FinishReason::kLength;
    return message(is_cut ? "incomplete" : "completed", Json::array({part(answer.text)}));
  }

  [[nodiscard]] Json response(const char* status, Json output) const {
    return {{"id", id_},
            {"object", "response"},
            {"created_at", created_},
            {"status", status},
            {"error", nullptr},
            {"incomplete_details", nullptr},
            {"instructions", echo_.instructions},
            {"max_output_tokens", echo_.max_output_tokens},
            {"model", echo_.model},
            {"output", std::move(output)},
            {"parallel_tool_calls", true},
            {"previous_response_id", nullptr},
            {"reasoning", {{"effort", nullptr}, {"summary", nullptr}}},
            {"store", false},
            {"temperature", echo_.temperature},
            {"text", {{"format", echo_.format}}},
            {"tool_choice", "auto"},
            {"tools", Json::array()},
            {"top_p", 1.0},
            {"truncation", "disabled"},
            {"usage", nullptr},
            {"metadata", Json::object()}};
  }

  std::string id_;
  std::string message_id_;
  std::int64_t created_;
  Echo echo_;
  bool with_extension_;
  int sequence_ = 0;
};

Result<void> respond(const Services& services, Call& call) {
  auto request = read_request(services, call);
  if (!request) return Unexpected{request.error()};
  const auto shared = std::make_shared<ResponseWriter>(std::move(request->echo), request->conversation.rap.extension);
  const StreamWriter writer{.content_type = "text/event-stream",
                            .begin = [shared] { return shared->begin(); },
                            .piece = [shared](const std::string& text) { return shared->piece(text); },
                            .end = [shared](const Answer& answer) { return shared->end(answer); },
                            .failed = [shared](const Error& error) { return shared->failed(error); }};
  return answer(
      services, call, std::move(request->conversation), [&](const Answer& answer) { return shared->whole(answer); },
      writer);
}

}  // namespace

void add_responses(Router& router, const Services& services) {
  router.add({.method = "POST",
              .path = "/v1/responses",
              .scope = Scope::kRead,
              .protocol = Protocol::kOpenAi,
              .handler = [&services](Call& call) { return respond(services, call); }});
}

}  // namespace rap::server
