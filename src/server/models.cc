// SPDX-License-Identifier: Apache-2.0
#include "server/models.h"

namespace rap::server {

Result<Models::Choice> Models::choose(std::string_view model) const {
  constexpr std::string_view kLatest = ":latest";
  if (model.ends_with(kLatest)) model.remove_suffix(kLatest.size());
  const bool use_memory = !model.ends_with(kWithoutMemory);
  if (!use_memory) model.remove_suffix(kWithoutMemory.size());
  if (model == kDefault) return Choice{&any(), use_memory};
  for (const NamedAssistant& one : assistants_) {
    if (one.name == model) return Choice{one.assistant.get(), use_memory};
  }
  return fail(ErrorCode::kNotFound, "there is no such model here; GET /v1/models lists those there are", "model");
}

std::vector<std::string> Models::names() const {
  std::vector<std::string> names{std::string(kDefault), std::string(kDefault) + std::string(kWithoutMemory)};
  for (const std::string& name : generators()) {
    names.push_back(name);
    names.push_back(name + std::string(kWithoutMemory));
  }
  return names;
}

std::vector<std::string> Models::generators() const {
  std::vector<std::string> names;
  for (const NamedAssistant& one : assistants_) names.push_back(one.name);
  return names;
}

}  // namespace rap::server
