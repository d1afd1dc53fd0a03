// SPDX-License-Identifier: Apache-2.0
#include "server/api/openai_messages.h"

#include <utility>

#include "core/ids.h"
#include "server/models.h"

namespace rap::server {
namespace {

std::optional<Role> role_of(const std::string& word) {
  if (word == "user") return Role::kUser;
  if (word == "assistant") return Role::kAssistant;
  if (word == "system" || word == "developer") return Role::kSystem;
  return std::nullopt;
}

/// {"image_url": {"url": ...}} of chat completions, {"image_url": ...} of responses.
std::optional<std::string> photo_of(ObjectReader& part) {
  const Json* photo = part.find("image_url");
  if (photo == nullptr || !photo->is_object()) return part.text("image_url");
  ObjectReader inside(*photo, part.path_of("image_url."));
  auto url = inside.text("url");
  if (const auto read = inside.result(); !read) part.adopt(read.error());
  return url;
}

Result<void> read_part(ObjectReader& part, const PhotoReader& photos, Utterance& message) {
  const std::string type = part.text("type").value_or("");
  if (type == "text" || type == "input_text" || type == "output_text") {
    if (!message.text.empty()) message.text += '\n';
    message.text += part.text("text").value_or("");
  } else if (type == "image_url" || type == "input_image") {
    const auto url = photo_of(part);
    if (!url) {
      part.fail("image_url", "is missing");
      return part.result();
    }
    auto photo = photos.read(*url);
    if (!photo) {
      Error error = photo.error();
      error.field = part.path_of("image_url");
      return Unexpected{std::move(error)};
    }
    if (message.photos.size() >= Limits::kQuestionPhotos) {
      return fail(ErrorCode::kTooLarge,
                  "a message may have " + std::to_string(Limits::kQuestionPhotos) + " photos at most", "messages");
    }
    message.photos.push_back(std::move(*photo));
  } else {
    part.fail("type", "must be \"text\" or \"image_url\"");
  }
  return part.result();
}

Result<void> read_content(const Json& content, const std::string& path, const PhotoReader& photos, Utterance& message) {
  if (content.is_string()) {
    message.text = content.get<std::string>();
    return {};
  }
  for (std::size_t i = 0; i < content.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    if (!content[i].is_object()) return fail(ErrorCode::kInvalidArgument, "'" + at + "' must be an object", at);
    ObjectReader part(content[i], at + ".");
    if (auto read = read_part(part, photos, message); !read) return read;
  }
  return {};
}

}  // namespace

Result<std::vector<Utterance>> read_messages(const Json& messages, const std::string& path, const PhotoReader& photos) {
  std::vector<Utterance> read;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    if (!messages[i].is_object()) return fail(ErrorCode::kInvalidArgument, "'" + at + "' must be an object", at);
    ObjectReader message(messages[i], at + ".");
    const auto role = role_of(message.text("role").value_or(""));
    if (!role) message.fail("role", R"(must be "system", "user" or "assistant")");
    const Json* content = message.find("content");
    if (content != nullptr && !content->is_string() && !content->is_array()) {
      message.fail("content", "must be a text or a list");
    }
    if (const auto checked = message.result(); !checked) return Unexpected{checked.error()};
    Utterance utterance{.role = *role, .text = {}, .photos = {}};
    if (content != nullptr) {
      if (auto filled = read_content(*content, at + ".content", photos, utterance); !filled) {
        return Unexpected{filled.error()};
      }
    }
    read.push_back(std::move(utterance));
  }
  return read;
}

std::string read_model(ObjectReader& reader) {
  const std::string model = reader.text("model").value_or("");
  return model.empty() ? std::string(Models::kDefault) : model;
}

void read_sampling(ObjectReader& reader, GenerateOptions& generate) {
  constexpr double kHottest = 2.0;
  constexpr std::size_t kMostStops = 16;
  generate.temperature = static_cast<float>(reader.number("temperature", 0.0, kHottest).value_or(0.0));
  generate.seed = static_cast<std::uint64_t>(reader.integer("seed", INT64_MIN, INT64_MAX).value_or(0));
  generate.stop = reader.texts("stop");
  std::erase(generate.stop, std::string());
  if (generate.stop.size() > kMostStops) reader.fail("stop", "has more than 16 texts");
}

void read_format(ObjectReader& reader, const Json& format, const std::string& path, const std::string& holder,
                 GenerateOptions& generate) {
  ObjectReader inside(format, path);
  const std::string type = inside.text("type").value_or("text");
  if (type == "json_object") {
    generate.json = "";
  } else if (type == "json_schema") {
    const Json* named = holder.empty() ? &format : inside.object(holder);
    const Json* schema = named == nullptr ? nullptr : ObjectReader(*named).object("schema");
    if (schema == nullptr) inside.fail(holder.empty() ? "schema" : holder + ".schema", "must be a JSON Schema");
    if (schema != nullptr) generate.json = to_line(*schema);
  } else if (type != "text") {
    inside.fail("type", R"(must be "text", "json_object" or "json_schema")");
  }
  if (const auto read = inside.result(); !read) reader.adopt(read.error());
}

std::string new_id(const std::string& prefix) { return prefix + random_id(); }

std::int64_t unix_time() { return now_ms() / 1000; }

}  // namespace rap::server
