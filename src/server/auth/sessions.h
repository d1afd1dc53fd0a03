// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "rap/result.h"
#include "server/auth/clocks.h"
#include "server/auth/keys.h"

namespace rap::server {

/// A signed-in page: what its key allows, and the token that its writes have to repeat, since a
/// browser sends the cookie whoever made it ask.
struct Session {
  ApiKey key;
  std::string csrf;
};

/// A session that was opened. `token` goes into the cookie; only its hash is kept here.
struct NewSession {
  std::string token;
  Session session;
};

/// Who is signed in to the page, in memory: a restart signs everyone out. Thread-safe.
class Sessions {
 public:
  static constexpr std::size_t kMaxSessions = 10'000;
  static constexpr std::size_t kMaxSessionsOfKey = 100;
  static constexpr std::chrono::hours kIdleTime{12};

  /// `keys` is borrowed and outlives the sessions.
  explicit Sessions(KeyStore& keys, SteadyClock now = std::chrono::steady_clock::now);
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// Opens a session for a key that was found usable. Beyond a limit the session that was idle
  /// longest ends, of that key first, so that one key cannot end the sessions of all others.
  [[nodiscard]] Result<NewSession> open(const ApiKey& key);

  /// The session of a token, as its key stands now; none once it was closed or idle for kIdleTime,
  /// or its key revoked or expired. Fails as KeyStore does.
  [[nodiscard]] Result<std::optional<Session>> find(std::string_view token);

  /// Ends a session. One that is not there is no error.
  void close(std::string_view token);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::string key_id;
    std::string csrf;
    std::chrono::steady_clock::time_point last_used;
  };

  /// Ends idle sessions, and what stands in the way of one more of that key. The mutex is held.
  void make_room(const std::string& key_id);

  KeyStore& keys_;
  const SteadyClock now_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  ///< by the SHA-256 of the token
};

}  // namespace rap::server
