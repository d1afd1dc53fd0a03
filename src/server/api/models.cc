// SPDX-License-Identifier: Apache-2.0
// OpenAI's list of models.
#include <utility>
#include <vector>

#include "server/api/openai_messages.h"
#include "server/api/routes.h"

namespace rap::server {
namespace {

Json model_json(const std::string& name) {
  return {{"id", name}, {"object", "model"}, {"created", 0}, {"owned_by", "rap"}};
}

/// Beside what OpenAI's says of a model: what it embeds, and whether vectors that were kept can still be compared.
Json model_json(const EmbeddingModel& model, const char* embeds) {
  Json json = model_json(model.name);
  json["embeds"] = embeds;
  json["dimensions"] = model.space.dimensions;
  json["space"] = model.space.fingerprint;
  return json;
}

/// The models that make embeddings; that of texts only where its weights are there.
std::vector<Json> embedding_models(const Services& services) {
  std::vector<Json> models{model_json(services.assistant().photo_embeddings(), "photos")};
  if (const auto texts = services.assistant().text_embeddings()) models.push_back(model_json(*texts, "texts"));
  return models;
}

Result<void> list_models(const Services& services, Call& call) {
  Json data = Json::array();
  for (const std::string& name : services.models.names()) data.push_back(model_json(name));
  for (Json& model : embedding_models(services)) data.push_back(std::move(model));
  call.reply({{"object", "list"}, {"data", std::move(data)}});
  return {};
}

Result<void> show_model(const Services& services, Call& call) {
  const std::string name = call.request.matches[1];
  for (const Json& model : embedding_models(services)) {
    if (model["id"] != name) continue;
    call.reply(model);
    return {};
  }
  if (const auto choice = services.models.choose(name); !choice) return Unexpected{choice.error()};
  call.reply(model_json(name));
  return {};
}

}  // namespace

void add_models(Router& router, const Services& services) {
  router.add({.method = "GET",
              .path = "/v1/models",
              .scope = Scope::kRead,
              .protocol = Protocol::kOpenAi,
              .handler = [&services](Call& call) { return list_models(services, call); }});
  // Names hold slashes: "rap/none".
  router.add({.method = "GET",
              .path = "/v1/models/(.+)",
              .scope = Scope::kRead,
              .protocol = Protocol::kOpenAi,
              .handler = [&services](Call& call) { return show_model(services, call); }});
}

}  // namespace rap::server
