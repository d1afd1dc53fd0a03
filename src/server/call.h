// SPDX-License-Identifier: Apache-2.0
// One request, as handlers see it.
#pragma once

#include <httplib.h>

#include <chrono>
#include <optional>
#include <string>

#include "json/json.h"
#include "rap/memory.h"
#include "rap/result.h"
#include "server/auth/key_file.h"

namespace rap::server {

/// Who asks.
struct Caller {
  Owner owner;
  Scope scope = Scope::kRead;
  std::string key_id;  ///< empty without a key
  std::string csrf;    ///< what a page has to repeat in its writes; empty where no page is signed in
};

/// A request with the caller that authentication found, and its response. Belongs to one thread.
struct Call {
  const httplib::Request& request;
  httplib::Response& response;
  Caller caller;

  /// The body: as it came, or in parts where it is multipart/form-data.
  std::string body;
  httplib::FormFiles files;    ///< in their order, with their names as keys
  httplib::FormFields fields;  ///< likewise

  /// Gives the body of a request that is too large to be read whole (see Route::body_bytes); else null.
  const httplib::ContentReader* upload = nullptr;

  /// Set where an error has a status of its own, rather than that of its code.
  std::optional<int> status;
  std::optional<std::chrono::seconds> retry_after;

  /// Ends the request with a status.
  [[nodiscard]] Unexpected refuse(int with_status, ErrorCode code, std::string message, std::string field = {}) {
    status = with_status;
    return fail(code, std::move(message), std::move(field));
  }

  /// Says that the server is busy: 429, and when to come again.
  [[nodiscard]] Unexpected refuse_for_now(std::chrono::seconds wait, std::string message) {
    retry_after = wait;
    return refuse(429, ErrorCode::kUnavailable, std::move(message));
  }

  void reply(const Json& json, int with_status = 200) {
    response.status = with_status;
    response.set_content(to_line(json), "application/json");
  }
};

}  // namespace rap::server
