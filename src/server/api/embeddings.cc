// SPDX-License-Identifier: Apache-2.0
// OpenAI's embeddings, of photos: those by which concepts are found.
#include <span>
#include <utility>

#include "core/base64.h"
#include "server/api/openai_messages.h"
#include "server/api/routes.h"
#include "server/form.h"

namespace rap::server {
namespace {

constexpr std::size_t kMostInputs = 64;

/// The photos of "input": one or a list of data URIs, as text or as {"image": ...}.
Result<std::vector<Bytes>> read_inputs(const Services& services, const Json& input) {
  const Json list = input.is_array() ? input : Json::array({input});
  if (list.empty() || list.size() > kMostInputs) {
    return fail(ErrorCode::kInvalidArgument, "'input' must have 1 to " + std::to_string(kMostInputs) + " photos",
                "input");
  }
  std::vector<Bytes> photos;
  for (const Json& one : list) {
    const Json* text = one.is_object() && one.contains("image") ? &one["image"] : &one;
    const bool is_photo = text->is_string() && (one.is_object() || text->get<std::string>().starts_with("data:"));
    if (!is_photo) {
      return fail(
          ErrorCode::kUnsupported,
          "only photos have embeddings here: send data URIs (texts are found by their words, not by embeddings)",
          "input");
    }
    auto photo = services.photos.read(text->get<std::string>());
    if (!photo) return Unexpected{photo.error()};
    photos.push_back(std::move(*photo));
  }
  return photos;
}

Json embedding_json(const std::vector<float>& values, bool as_base64) {
  if (!as_base64) return values;
  return base64(std::as_bytes(std::span(values)));  // little-endian floats, like every machine that rap runs on
}

Result<void> embed(const Services& services, Call& call) {
  const auto body = read_json(services, call);
  if (!body) return Unexpected{body.error()};
  ObjectReader reader(*body);
  const std::string model = reader.text("model").value_or(std::string(Models::kDefault));
  const std::string format = reader.text("encoding_format").value_or("float");
  if (format != "float" && format != "base64") reader.fail("encoding_format", R"(must be "float" or "base64")");
  const Json* input = reader.find("input");
  if (input == nullptr) reader.fail("input", "is missing");
  if (auto read = reader.result(); !read) return read;
  if (const auto choice = services.models.choose(model); !choice) return Unexpected{choice.error()};
  const auto photos = read_inputs(services, *input);
  if (!photos) return Unexpected{photos.error()};
  const auto place = enter_looks(services, call);
  if (!place) return Unexpected{place.error()};
  Json data = Json::array();
  for (const Bytes& photo : *photos) {
    const auto values = services.assistant().embed(photo);
    if (!values) return Unexpected{values.error()};
    data.push_back(
        {{"object", "embedding"}, {"index", data.size()}, {"embedding", embedding_json(*values, format == "base64")}});
  }
  call.reply({{"object", "list"},
              {"data", std::move(data)},
              {"model", model},
              {"usage", {{"prompt_tokens", 0}, {"total_tokens", 0}}}});
  return {};
}

}  // namespace

void add_embeddings(Router& router, const Services& services) {
  router.add({.method = "POST",
              .path = "/v1/embeddings",
              .scope = Scope::kRead,
              .protocol = Protocol::kOpenAi,
              .handler = [&services](Call& call) { return embed(services, call); }});
}

}  // namespace rap::server
