// SPDX-License-Identifier: Apache-2.0
// Ollama's interface (its docs/api.md), as far as clients of vision models use it, with the member "rap" besides.
#include <algorithm>
#include <chrono>
#include <utility>

#include "core/ids.h"
#include "core/iso_time.h"
#include "rap/open.h"
#include "server/answering.h"
#include "server/api/openai_messages.h"
#include "server/api/routes.h"
#include "server/form.h"

namespace rap::server {
namespace {

/// Which of the two questions is answered; they differ in where the text stands.
enum class Kind { kChat, kGenerate };

std::string now() { return to_iso_time(now_ms()); }

std::int64_t nanoseconds(std::chrono::microseconds time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

/// "options": {...}
void read_options(ObjectReader& reader, const ServerLimits& limits, GenerateOptions& generate) {
  generate.max_tokens = answer_tokens(std::nullopt, generate, limits);
  const Json* options = reader.object("options");
  if (options == nullptr) return;
  ObjectReader inside(*options, "options.");
  read_sampling(inside, generate);
  // -1 and -2 are Ollama's words for "as much as fits".
  auto tokens = inside.integer("num_predict", -2, INT32_MAX);
  if (tokens && *tokens <= 0) tokens = limits.answer_tokens;
  generate.max_tokens = answer_tokens(tokens, generate, limits);
  if (const auto read = inside.result(); !read) reader.adopt(read.error());
}

/// "format": "json" or a JSON Schema.
void read_format(ObjectReader& reader, GenerateOptions& generate) {
  const Json* format = reader.find("format");
  if (format == nullptr || *format == "") return;
  if (*format == "json") {
    generate.json = "";
  } else if (format->is_object()) {
    generate.json = to_line(*format);
  } else {
    reader.fail("format", R"(must be "json" or a JSON Schema)");
  }
}

Result<std::vector<Bytes>> read_images(ObjectReader& reader, const PhotoReader& photos) {
  std::vector<Bytes> read;
  for (const std::string& image : reader.texts("images")) {
    auto photo = photos.read(image);
    if (!photo) {
      Error error = photo.error();
      error.field = reader.path_of("images");
      return Unexpected{std::move(error)};
    }
    read.push_back(std::move(*photo));
  }
  return read;
}

Result<std::vector<Utterance>> read_chat(ObjectReader& reader, const PhotoReader& photos) {
  const Json* messages = reader.list("messages");
  if (messages == nullptr) reader.fail("messages", "is missing");
  if (const auto read = reader.result(); !read) return Unexpected{read.error()};
  auto utterances = read_messages(*messages, "messages", photos);
  for (std::size_t i = 0; utterances && i < utterances->size(); ++i) {
    ObjectReader message((*messages)[i], "messages[" + std::to_string(i) + "].");
    auto images = read_images(message, photos);
    if (!images) return Unexpected{images.error()};
    if (const auto read = message.result(); !read) return Unexpected{read.error()};
    (*utterances)[i].photos = std::move(*images);
  }
  return utterances;
}

Result<std::vector<Utterance>> read_generate(ObjectReader& reader, const PhotoReader& photos) {
  std::vector<Utterance> utterances;
  if (const auto system = reader.text("system")) utterances.push_back({Role::kSystem, *system, {}});
  auto images = read_images(reader, photos);
  if (!images) return Unexpected{images.error()};
  utterances.push_back({Role::kUser, reader.text("prompt").value_or(""), std::move(*images)});
  if (const auto read = reader.result(); !read) return Unexpected{read.error()};
  return utterances;
}

Result<Conversation> read_request(const Services& services, Call& call, Kind kind) {
  const ServerLimits& limits = services.options.limits;
  const auto body = read_json(services, call);
  if (!body) return Unexpected{body.error()};
  ObjectReader reader(*body);
  Conversation conversation;
  conversation.model = reader.text("model").value_or("");
  if (conversation.model.empty()) reader.fail("model", "is missing");
  conversation.stream = reader.boolean("stream").value_or(true);
  read_format(reader, conversation.generate);
  read_options(reader, limits, conversation.generate);
  conversation.rap = read_rap(reader);
  auto utterances = kind == Kind::kChat ? read_chat(reader, services.photos) : read_generate(reader, services.photos);
  if (!utterances) return Unexpected{utterances.error()};
  if (const auto read = reader.result(); !read) return Unexpected{read.error()};
  if (utterances->empty()) return conversation;  // see loaded()
  if (auto filled = fill_in(std::move(*utterances), limits, conversation); !filled) return Unexpected{filled.error()};
  return conversation;
}

/// Writes lines of one answer.
class Lines {
 public:
  Lines(Kind kind, std::string model, bool with_extension)
      : kind_(kind), model_(std::move(model)), with_extension_(with_extension) {}

  [[nodiscard]] std::string piece(const std::string& text) const {
    Json json = line(text);
    json["done"] = false;
    return to_line(json) + "\n";
  }
  [[nodiscard]] std::string end(const Answer& answer) const { return to_line(last(answer, "")) + "\n"; }
  [[nodiscard]] static std::string failed(const Error& error) {
    return to_line(error_body(Protocol::kOllama, error, status_of(error))) + "\n";
  }
  [[nodiscard]] Json whole(const Answer& answer) const { return last(answer, answer.text); }

  /// What is said to a request without a question, by which clients ask for a model to be loaded.
  [[nodiscard]] Json loaded() const {
    Json json = line("");
    json["done"] = true;
    json["done_reason"] = "load";
    return json;
  }

 private:
  [[nodiscard]] Json line(const std::string& text) const {
    Json json = {{"model", model_}, {"created_at", now()}};
    if (kind_ == Kind::kChat) json["message"] = {{"role", "assistant"}, {"content", text}};
    if (kind_ == Kind::kGenerate) json["response"] = text;
    return json;
  }

  [[nodiscard]] Json last(const Answer& answer, const std::string& text) const {
    Json json = line(text);
    json["done"] = true;
    json["done_reason"] = answer.finish == FinishReason::kLength ? "length" : "stop";
    json["total_duration"] = nanoseconds(answer.timings.total);
    json["load_duration"] = 0;
    json["prompt_eval_count"] = answer.prompt_tokens;
    json["prompt_eval_duration"] = nanoseconds(answer.timings.to_first_token);
    json["eval_count"] = answer.answer_tokens;
    json["eval_duration"] = nanoseconds(answer.timings.total - answer.timings.to_first_token);
    if (with_extension_) json["rap"] = rap_extension(answer);
    return json;
  }

  Kind kind_;
  std::string model_;
  bool with_extension_;
};

Result<void> respond(const Services& services, Call& call, Kind kind) {
  auto conversation = read_request(services, call, kind);
  if (!conversation) return Unexpected{conversation.error()};
  const Lines lines(kind, conversation->model, conversation->rap.extension);
  if (conversation->question.empty() && conversation->photos.empty()) {
    if (const auto choice = services.models.choose(conversation->model); !choice) return Unexpected{choice.error()};
    call.reply(lines.loaded());
    return {};
  }
  const StreamWriter writer{.content_type = "application/x-ndjson",
                            .begin = [] { return std::string(); },
                            .piece = [lines](const std::string& text) { return lines.piece(text); },
                            .end = [lines](const Answer& answer) { return lines.end(answer); },
                            .failed = &Lines::failed};
  return answer(
      services, call, std::move(*conversation), [&](const Answer& answer) { return lines.whole(answer); }, writer);
}

Json details_json() {
  return {{"parent_model", ""},  {"format", "gguf"},     {"family", "rap"},
          {"families", {"rap"}}, {"parameter_size", ""}, {"quantization_level", ""}};
}

Json model_json(const std::string& name) {
  return {{"name", name + ":latest"},
          {"model", name + ":latest"},
          {"modified_at", to_iso_time(0)},
          {"size", 0},
          {"digest", ""},
          {"details", details_json()}};
}

Result<void> list_models(const Services& services, Call& call) {
  Json models = Json::array();
  for (const std::string& name : services.models.names()) models.push_back(model_json(name));
  call.reply({{"models", std::move(models)}});
  return {};
}

Result<void> show_model(const Services& services, Call& call) {
  const auto body = read_json(services, call);
  if (!body) return Unexpected{body.error()};
  ObjectReader reader(*body);
  const auto model = reader.text("model");
  const auto name = model ? model : reader.text("name");
  if (!name) reader.fail("model", "is missing");
  if (const auto read = reader.result(); !read) return Unexpected{read.error()};
  if (const auto choice = services.models.choose(*name); !choice) return Unexpected{choice.error()};
  call.reply({{"modelfile", ""},
              {"parameters", ""},
              {"template", ""},
              {"details", details_json()},
              {"model_info", {{"general.architecture", "rap"}}},
              {"capabilities", {"completion", "vision"}},
              {"modified_at", to_iso_time(0)}});
  return {};
}

}  // namespace

void add_ollama(Router& router, const Services& services) {
  const auto add = [&](const char* method, const char* path, std::optional<Scope> scope, Handler handler) {
    router.add(
        {.method = method, .path = path, .scope = scope, .protocol = Protocol::kOllama, .handler = std::move(handler)});
  };
  router.add_protocol("/api/", Protocol::kOllama);
  add("POST", "/api/chat", Scope::kRead, [&services](Call& call) { return respond(services, call, Kind::kChat); });
  add("POST", "/api/generate", Scope::kRead,
      [&services](Call& call) { return respond(services, call, Kind::kGenerate); });
  add("GET", "/api/tags", Scope::kRead, [&services](Call& call) { return list_models(services, call); });
  add("GET", "/api/ps", Scope::kRead, [&services](Call& call) { return list_models(services, call); });
  add("POST", "/api/show", Scope::kRead, [&services](Call& call) { return show_model(services, call); });
  add("GET", "/api/version", std::nullopt, [](Call& call) -> Result<void> {
    call.reply({{"version", version()}});
    return {};
  });
}

}  // namespace rap::server
