// SPDX-License-Identifier: Apache-2.0
#include "server/auth/key_json.h"

#include "core/iso_time.h"

namespace rap::server {
namespace {

using Json = nlohmann::ordered_json;

Json time_json(const std::optional<TimestampMs>& time) { return time ? Json(to_iso_time(*time)) : Json(nullptr); }

}  // namespace

Json key_json(const ApiKey& key) {
  return {{"id", key.id},
          {"name", key.name},
          {"owner", key.owner.id},
          {"scopes", scope_words(key.scope)},
          {"created", to_iso_time(key.created)},
          {"expires", time_json(key.expires)},
          {"last_used", time_json(key.last_used)},
          {"revoked", time_json(key.revoked)}};
}

Json new_key_json(const NewKey& made) {
  Json json = {{"key", made.secret}};
  json.update(key_json(made.key));
  return json;
}

}  // namespace rap::server
