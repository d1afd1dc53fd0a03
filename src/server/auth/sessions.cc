// SPDX-License-Identifier: Apache-2.0
#include "server/auth/sessions.h"

#include <algorithm>
#include <utility>

#include "core/files.h"
#include "core/hash.h"
#include "server/auth/secret.h"

namespace rap::server {
namespace {

std::string hash_of(std::string_view token) { return sha256_hex(as_bytes(token)); }

}  // namespace

Sessions::Sessions(KeyStore& keys, SteadyClock now) : keys_(keys), now_(std::move(now)) {}

Result<NewSession> Sessions::open(const ApiKey& key) {
  const auto token = random_token();
  if (!token) return Unexpected{token.error()};
  const auto csrf = random_token();
  if (!csrf) return Unexpected{csrf.error()};
  const std::lock_guard lock(mutex_);
  make_room(key.id);
  entries_[hash_of(*token)] = {key.id, *csrf, now_()};
  return NewSession{*token, {key, *csrf}};
}

Result<std::optional<Session>> Sessions::find(std::string_view token) {
  const std::string hash = hash_of(token);
  std::optional<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(hash);
    if (found == entries_.end()) return std::optional<Session>();
    const auto now = now_();
    if (now - found->second.last_used >= kIdleTime) {
      entries_.erase(found);
      return std::optional<Session>();
    }
    found->second.last_used = now;
    entry = found->second;
  }
  auto check = keys_.check(entry->key_id);
  if (!check) return Unexpected{check.error()};
  if (auto* key = std::get_if<ApiKey>(&*check)) return std::optional(Session{std::move(*key), std::move(entry->csrf)});
  close(token);
  return std::optional<Session>();
}

void Sessions::close(std::string_view token) {
  const std::lock_guard lock(mutex_);
  entries_.erase(hash_of(token));
}

std::size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void Sessions::make_room(const std::string& key_id) {
  std::erase_if(entries_, [now = now_()](const auto& item) { return now - item.second.last_used >= kIdleTime; });
  const auto is_of_key = [&](const auto& item) { return item.second.key_id == key_id; };
  const auto of_key = static_cast<std::size_t>(std::ranges::count_if(entries_, is_of_key));
  const bool key_is_full = of_key >= kMaxSessionsOfKey;
  if (!key_is_full && entries_.size() < kMaxSessions) return;
  const auto longest_idle = std::ranges::min_element(
      entries_, {}, [&](const auto& item) { return std::pair(of_key > 0 && !is_of_key(item), item.second.last_used); });
  entries_.erase(longest_idle);
}

}  // namespace rap::server
