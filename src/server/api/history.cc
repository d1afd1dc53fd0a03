// SPDX-License-Identifier: Apache-2.0
// What was changed, and taking it back.
#include "server/api/concept_values.h"
#include "server/api/routes.h"

namespace rap::server {
namespace {

Result<void> show_history(const Services& services, Call& call, const std::string& concept_id) {
  constexpr std::size_t kUsual = 50;
  constexpr std::size_t kMost = 500;
  const auto limit = read_parameter(call, "limit", kUsual, 1, kMost);
  if (!limit) return Unexpected{limit.error()};
  const auto entries = services.memory().history(call.caller.owner, concept_id, *limit);
  if (!entries) return Unexpected{entries.error()};
  Json list = Json::array();
  for (const HistoryEntry& entry : *entries) list.push_back(history_json(entry));
  call.reply({{"history", std::move(list)}});
  return {};
}

Result<void> show_history_of_concept(const Services& services, Call& call) {
  const std::string& id = call.request.path_params.at("id");
  const auto entries = services.memory().history(call.caller.owner, id, 1);
  if (!entries) return Unexpected{entries.error()};
  // A concept that was forgotten has a history, too.
  if (entries->empty()) return fail(ErrorCode::kNotFound, "there is no concept with this id", "id");
  return show_history(services, call, id);
}

Result<void> undo(const Services& services, Call& call) {
  const auto entry = services.memory().undo(call.caller.owner);
  if (!entry) return Unexpected{entry.error()};
  call.reply(history_json(*entry));
  return {};
}

}  // namespace

void add_history(Router& router, const Services& services) {
  router.add({.method = "GET", .path = "/rap/v1/history", .scope = Scope::kRead, .handler = [&services](Call& call) {
                return show_history(services, call, {});
              }});
  router.add({.method = "GET",
              .path = "/rap/v1/concepts/:id/history",
              .scope = Scope::kRead,
              .handler = [&services](Call& call) { return show_history_of_concept(services, call); }});
  router.add({.method = "POST", .path = "/rap/v1/undo", .scope = Scope::kWrite, .handler = [&services](Call& call) {
                return undo(services, call);
              }});
}

}  // namespace rap::server
