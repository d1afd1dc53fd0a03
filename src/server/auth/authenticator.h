// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <httplib.h>

#include <string>
#include <string_view>

#include "server/auth/keys.h"
#include "server/auth/rate_limiter.h"
#include "server/auth/sessions.h"
#include "server/call.h"
#include "server/options.h"

namespace rap::server {

/// Finds out who asks: by an API key, by the session of a page, or, where that was allowed, by being on this machine.
/// Thread-safe.
class Authenticator {
 public:
  static constexpr char kCookie[] = "rap_session";
  static constexpr char kCsrfHeader[] = "X-Rap-Csrf";

  /// `keys` and `sessions` are borrowed.
  Authenticator(KeyStore& keys, Sessions& sessions, const Options& options);

  /// Fills in call.caller. Fails with 401 (no key, or none that is usable), 403 (a page's write without its token, or
  /// from another site), 429 (too many wrong keys, or too many requests).
  [[nodiscard]] Result<void> authenticate(Call& call);

  /// Checks a key that a page signs in with; fails like authenticate().
  [[nodiscard]] Result<ApiKey> check_key(Call& call, std::string_view secret);

  /// Refuses (403) pages of other sites.
  [[nodiscard]] static Result<void> check_site(Call& call);

 private:
  [[nodiscard]] Result<bool> by_session(Call& call);
  [[nodiscard]] bool may_go_without_key(const httplib::Request& request) const;
  [[nodiscard]] static Result<void> check_page(Call& call);

  KeyStore& keys_;
  Sessions& sessions_;
  const bool loopback_without_key_;
  const std::string loopback_csrf_;  ///< of pages that need no session
  RateLimiter requests_;
  GuessGuard guesses_;
};

/// The value of a cookie, or empty.
[[nodiscard]] std::string cookie(const httplib::Request& request, std::string_view name);

}  // namespace rap::server
