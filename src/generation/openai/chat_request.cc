// SPDX-License-Identifier: Apache-2.0
#include "generation/openai/chat_request.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/base64.h"
#include "generation/json_schema.h"
#include "generation/prompt.h"

namespace rap {
namespace {

using Json = nlohmann::ordered_json;  // a schema tells the order of an answer's properties

std::string shown(const ChatRequest& request, const std::string& text) {
  return request.hider ? request.hider->hide(text) : text;
}

/// A schema can hold names anywhere: as a property, a constant, in a description. So each of its
/// strings is hidden, at the price of a schema word that happens to be a name.
Json shown(const ChatRequest& request, const Json& schema) {
  if (schema.is_string()) return shown(request, schema.get<std::string>());
  if (!schema.is_structured()) return schema;
  Json result = schema.is_array() ? Json::array() : Json::object();
  for (const auto& [key, value] : schema.items()) {
    if (schema.is_array()) {
      result.push_back(shown(request, value));
    } else {
      result[shown(request, key)] = shown(request, value);
    }
  }
  return result;
}

Result<Json> response_format(const ChatRequest& request) {
  const auto schema = read_json_schema(*request.options.json);
  if (!schema) return Unexpected{schema.error()};
  if (schema->empty()) return Json{{"type", "json_object"}};
  return Json{{"type", "json_schema"}, {"json_schema", {{"name", "answer"}, {"schema", shown(request, *schema)}}}};
}

/// A plain string where there are no pictures, as servers without vision want it.
Json content_of(const ChatRequest& request, const Message& message) {
  Json parts = Json::array();
  std::string text;
  bool has_picture = false;
  for (const auto& part : message.content) {
    if (const auto* words = std::get_if<std::string>(&part)) {
      text += shown(request, *words);
      parts.push_back({{"type", "text"}, {"text", shown(request, *words)}});
    } else if (const auto& picture = std::get<Picture>(part); request.with_pictures && picture.encoded) {
      has_picture = true;
      parts.push_back(
          {{"type", "image_url"}, {"image_url", {{"url", "data:image/jpeg;base64," + base64(*picture.encoded)}}}});
    }
  }
  return has_picture ? parts : Json(text);
}

std::string string_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<int> count_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return static_cast<int>(std::min<std::uint64_t>(found->get<std::uint64_t>(), 1U << 30U));
}

}  // namespace

Result<std::string> request_body(const ChatRequest& request) {
  Json messages = Json::array();
  for (const Message& message : request.prompt) {
    messages.push_back({{"role", role_name(message.role)}, {"content", content_of(request, message)}});
  }
  Json body{{"messages", std::move(messages)},
            {"max_tokens", request.options.max_tokens},
            {"temperature", request.options.temperature},
            {"stream", true},
            {"stream_options", {{"include_usage", true}}}};
  if (!request.model.empty()) body["model"] = request.model;
  // Servers read the seed as a signed number.
  if (request.options.temperature > 0.0F) body["seed"] = request.options.seed & 0x7FFFFFFFU;
  if (!request.options.stop.empty()) {
    Json stops = Json::array();
    for (const std::string& stop : request.options.stop) stops.push_back(shown(request, stop));
    body["stop"] = std::move(stops);
  }
  if (request.options.json) {
    auto format = response_format(request);
    if (!format) return Unexpected{format.error()};
    body["response_format"] = std::move(*format);
  }
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<ChatReply> read_reply(std::string_view json) {
  const Json reply = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!reply.is_object())
    return fail(ErrorCode::kCorrupt, "the language model's server sent something that is not JSON");
  if (reply.contains("error") && !reply["error"].is_null()) {
    return fail(ErrorCode::kUnavailable, "the language model's server reported an error instead of an answer");
  }
  const auto choices = reply.find("choices");
  if (choices == reply.end() || !choices->is_array()) {
    return fail(ErrorCode::kCorrupt, "the language model's server sent an answer without choices");
  }
  ChatReply result;
  if (!choices->empty() && choices->front().is_object()) {
    const Json& choice = choices->front();
    for (const char* key : {"delta", "message"}) {
      const auto part = choice.find(key);
      if (part != choice.end() && part->is_object()) result.text += string_at(*part, "content");
    }
    if (std::string reason = string_at(choice, "finish_reason"); !reason.empty())
      result.finish_reason = std::move(reason);
  }
  const auto usage = reply.find("usage");
  if (usage != reply.end() && usage->is_object()) {
    result.prompt_tokens = count_at(*usage, "prompt_tokens");
    result.answer_tokens = count_at(*usage, "completion_tokens");
  }
  return result;
}

}  // namespace rap
