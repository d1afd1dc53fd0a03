// SPDX-License-Identifier: Apache-2.0
// OpenAI's list of models.
#include "server/api/openai_messages.h"
#include "server/api/routes.h"

namespace rap::server {
namespace {

Json model_json(const std::string& name) {
  return {{"id", name}, {"object", "model"}, {"created", 0}, {"owned_by", "rap"}};
}

Result<void> list_models(const Services& services, Call& call) {
  Json data = Json::array();
  for (const std::string& name : services.models.names()) data.push_back(model_json(name));
  call.reply({{"object", "list"}, {"data", std::move(data)}});
  return {};
}

Result<void> show_model(const Services& services, Call& call) {
  const std::string name = call.request.matches[1];
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
