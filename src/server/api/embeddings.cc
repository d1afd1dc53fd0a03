// SPDX-License-Identifier: Apache-2.0
// OpenAI's embeddings: of photos, those by which concepts are found, and of texts.
#include <span>
#include <utility>

#include "core/base64.h"
#include "server/api/openai_messages.h"
#include "server/api/routes.h"
#include "server/data_uri.h"
#include "server/form.h"

namespace rap::server {
namespace {

constexpr std::size_t kMostPhotos = 64;
constexpr std::size_t kMostTexts = 2'048;  // as many as OpenAI's takes

Unexpected bad_input(std::string message) { return fail(ErrorCode::kInvalidArgument, std::move(message), "input"); }

/// What a request wants embedded: photos or texts, in its order.
struct Inputs {
  std::vector<Bytes> photos;
  std::vector<std::string> texts;
};

/// The text that names a photo, or null: a data URI, or what stands in {"image": ...}.
const std::string* photo_of(const Json& input) {
  const Json* image = input.is_object() && input.contains("image") ? &input["image"] : nullptr;
  if (image != nullptr) return image->get_ptr<const std::string*>();
  const auto* text = input.get_ptr<const std::string*>();
  return text != nullptr && is_photo_uri(*text) ? text : nullptr;
}

Result<void> add_input(const Services& services, const Json& input, Inputs& inputs) {
  if (const std::string* photo = photo_of(input)) {
    auto bytes = services.photos.read(*photo);
    if (!bytes) return Unexpected{bytes.error()};
    inputs.photos.push_back(std::move(*bytes));
  } else if (input.is_string()) {
    inputs.texts.push_back(input.get<std::string>());
    if (inputs.texts.back().empty()) return bad_input("'input' has an empty text");
  } else if (input.is_number() || input.is_array()) {
    return bad_input(
        "'input' must be texts or photos: numbers of tokens mean nothing to other models (in LangChain, "
        "check_embedding_ctx_length=False sends texts)");
  } else {
    return bad_input("'input' must be texts, or photos as data URIs");
  }
  return {};
}

Result<Inputs> read_inputs(const Services& services, const Json& input) {
  const Json list = input.is_array() ? input : Json::array({input});
  if (list.empty() || list.size() > kMostTexts) {
    return bad_input("'input' must have 1 to " + std::to_string(kMostTexts) + " texts");
  }
  Inputs inputs;
  for (const Json& one : list) {
    if (auto added = add_input(services, one, inputs); !added) return Unexpected{added.error()};
    if (inputs.photos.size() > kMostPhotos) {
      return bad_input("'input' must have " + std::to_string(kMostPhotos) + " photos at most");
    }
    if (!inputs.photos.empty() && !inputs.texts.empty()) {
      return bad_input(
          "photos and texts are embedded by different models, whose numbers cannot be compared: send them in requests "
          "of their own");
    }
  }
  return inputs;
}

/// The model that embeds these inputs, if the request may mean it.
Result<EmbeddingModel> choose(const Services& services, const std::string& asked, const Inputs& inputs) {
  const bool of_texts = inputs.photos.empty();
  auto model = of_texts ? services.assistant().text_embeddings() : services.assistant().photo_embeddings();
  if (!model || model->name == asked || services.models.choose(asked)) return model;
  return fail(ErrorCode::kNotFound,
              std::string(of_texts ? "texts" : "photos") + " are embedded by '" + model->name +
                  "' here, which 'rap' stands for",
              "model");
}

struct Embedded {
  std::vector<std::vector<float>> values;
  int tokens = 0;
};

Result<Embedded> embed_photos(const Services& services, Call& call, const std::vector<Bytes>& photos) {
  const auto place = enter_looks(services, call);
  if (!place) return Unexpected{place.error()};
  Embedded embedded;
  for (const Bytes& photo : photos) {
    auto values = services.assistant().embed(photo);
    if (!values) return Unexpected{values.error()};
    embedded.values.push_back(std::move(*values));
  }
  return embedded;
}

Result<Embedded> embed_texts(const Services& services, Call& call, const std::vector<std::string>& texts) {
  const auto place = enter_embeddings(services, call);
  if (!place) return Unexpected{place.error()};
  Embedded embedded;
  for (const std::string& text : texts) {
    if (call.request.is_connection_closed()) return fail(ErrorCode::kCancelled, "the client is gone");
    auto made = services.assistant().embed_text(text);
    // OpenAI's says so with 400, whose clients know it.
    if (!made && made.error().code == ErrorCode::kTooLarge) {
      return call.refuse(400, ErrorCode::kTooLarge,
                         "'input[" + std::to_string(embedded.values.size()) + "]': " + made.error().message, "input");
    }
    if (!made) return Unexpected{made.error()};
    embedded.values.push_back(std::move(made->values));
    embedded.tokens += made->tokens;
  }
  return embedded;
}

Json embedding_json(const std::vector<float>& values, bool as_base64) {
  if (!as_base64) return values;
  return base64(std::as_bytes(std::span(values)));  // little-endian floats, like every machine that rap runs on
}

Json list_json(const Embedded& embedded, bool as_base64) {
  Json list = Json::array();
  for (const auto& values : embedded.values) {
    list.push_back({{"object", "embedding"}, {"index", list.size()}, {"embedding", embedding_json(values, as_base64)}});
  }
  return list;
}

Result<void> embed(const Services& services, Call& call) {
  const auto body = read_json(services, call);
  if (!body) return Unexpected{body.error()};
  ObjectReader reader(*body);
  const std::string asked = read_model(reader);
  const std::string format = reader.text("encoding_format").value_or("float");
  if (format != "float" && format != "base64") reader.fail("encoding_format", R"(must be "float" or "base64")");
  const auto dimensions = reader.integer("dimensions", 1, INT32_MAX);
  const Json* input = reader.find("input");
  if (input == nullptr) reader.fail("input", "is missing");
  if (auto read = reader.result(); !read) return read;
  const auto inputs = read_inputs(services, *input);
  if (!inputs) return Unexpected{inputs.error()};
  const auto model = choose(services, asked, *inputs);
  if (!model) return Unexpected{model.error()};
  if (dimensions && static_cast<std::size_t>(*dimensions) != model->space.dimensions) {
    return fail(ErrorCode::kInvalidArgument,
                "embeddings of '" + model->name + "' have " + std::to_string(model->space.dimensions) + " dimensions",
                "dimensions");
  }
  const auto embedded = inputs->photos.empty() ? embed_texts(services, call, inputs->texts)
                                               : embed_photos(services, call, inputs->photos);
  if (!embedded) return Unexpected{embedded.error()};
  call.reply({{"object", "list"},
              {"data", list_json(*embedded, format == "base64")},
              {"model", model->name},
              {"usage", {{"prompt_tokens", embedded->tokens}, {"total_tokens", embedded->tokens}}}});
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
