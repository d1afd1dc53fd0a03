// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "server/auth/keys.h"

namespace rap::server {

/// A key as the API and `rap keys --json` show it: {id, name, owner, scopes, created, expires, last_used,
/// revoked}. Times are ISO 8601 or null; `scopes` has the implied ones too.
[[nodiscard]] nlohmann::ordered_json key_json(const ApiKey& key);

/// The same with the secret, which is shown this once, in front: {key, id, name, ...}.
[[nodiscard]] nlohmann::ordered_json new_key_json(const NewKey& made);

}  // namespace rap::server
