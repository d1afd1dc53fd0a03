// SPDX-License-Identifier: Apache-2.0
#include "server/auth/keys.h"

#include <algorithm>
#include <utility>

#include "core/check_text.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/text.h"
#include "server/auth/secret.h"

namespace rap::server {
namespace {

constexpr std::string_view kPrefix = "rap_";
constexpr std::size_t kIdDigits = 12;
constexpr std::size_t kOwnerCharacters = 200;
constexpr TimestampMs kMinute = 60'000;

Result<void> check_draft(const KeyDraft& draft, TimestampMs now) {
  if (auto checked = check_text(draft.name, Limits::kNameCharacters, Breaks::kForbidden, "name"); !checked) {
    return checked;
  }
  if (fold(draft.name).empty()) return fail(ErrorCode::kInvalidArgument, "the key's name is empty", "name");
  if (draft.owner.id.empty()) return fail(ErrorCode::kInvalidArgument, "the owner's id is empty", "owner");
  if (auto checked = check_text(draft.owner.id, kOwnerCharacters, Breaks::kForbidden, "owner"); !checked) {
    return checked;
  }
  if (draft.expires && *draft.expires <= now) {
    return fail(ErrorCode::kInvalidArgument, "the key would have expired already", "expires");
  }
  return {};
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kIo, "cannot make the folder '" + folder.string() + "': " + error.message());
  return {};
}

bool belongs_to(const ApiKey& key, const std::optional<Owner>& owner) { return !owner || key.owner == *owner; }

template <class Keys>
auto find_id(Keys& keys, std::string_view id) {
  return std::ranges::find(keys, id, [](const StoredKey& stored) -> const std::string& { return stored.key.id; });
}

}  // namespace

KeyStore::KeyStore(std::filesystem::path file, WallClock now) : file_(std::move(file)), now_(std::move(now)) {}

Result<NewKey> KeyStore::create(const KeyDraft& draft) {
  const TimestampMs now = now_();
  if (auto checked = check_draft(draft, now); !checked) return Unexpected{checked.error()};
  const auto token = random_token();
  if (!token) return Unexpected{token.error()};
  NewKey made{std::string(kPrefix) + *token, {}};
  made.key = {.name = draft.name, .owner = draft.owner, .scope = draft.scope, .created = now, .expires = draft.expires};
  const auto added = change([&](std::vector<StoredKey>& keys) -> Result<void> {
    if (keys.size() >= kMaxKeys) {
      std::erase_if(keys, [now](const StoredKey& stored) { return !stored.key.is_usable(now); });
    }
    if (keys.size() >= kMaxKeys) return too_many(keys.size() + 1, kMaxKeys, "keys", "keys");
    do {
      made.key.id = random_id().substr(0, kIdDigits);
    } while (find_id(keys, made.key.id) != keys.end());
    keys.push_back({made.key, sha256_hex(as_bytes(made.secret))});
    return {};
  });
  if (!added) return Unexpected{added.error()};
  return made;
}

Result<std::vector<ApiKey>> KeyStore::list(const std::optional<Owner>& owner) {
  const std::lock_guard lock(mutex_);
  if (auto read = refresh(); !read) return Unexpected{read.error()};
  std::vector<ApiKey> keys;
  for (const StoredKey& stored : keys_) {
    if (belongs_to(stored.key, owner)) keys.push_back(stored.key);
  }
  return keys;
}

Result<ApiKey> KeyStore::revoke(std::string_view id, const std::optional<Owner>& owner) {
  ApiKey revoked;
  const auto changed = change([&](std::vector<StoredKey>& keys) -> Result<void> {
    const auto found = find_id(keys, id);
    if (found == keys.end() || !belongs_to(found->key, owner)) {
      return fail(ErrorCode::kNotFound, "no key has that id", "key");
    }
    if (!found->key.revoked) found->key.revoked = now_();
    revoked = found->key;
    return {};
  });
  if (!changed) return Unexpected{changed.error()};
  return revoked;
}

Result<KeyCheck> KeyStore::find(std::string_view secret) {
  const bool is_key = secret.starts_with(kPrefix) && secret.size() == kPrefix.size() + kTokenCharacters;
  if (!is_key) return KeyCheck(Refusal::kUnknown);
  const std::string sha256 = sha256_hex(as_bytes(secret));
  std::optional<ApiKey> first_use;  // of this minute
  KeyCheck check = Refusal::kUnknown;
  {
    const std::lock_guard lock(mutex_);
    if (auto read = refresh(); !read) return Unexpected{read.error()};
    for (StoredKey& stored : keys_) {
      if (!equal_secrets(stored.sha256, sha256)) continue;
      check = verdict(stored.key);
      const TimestampMs now = now_();
      if (std::holds_alternative<ApiKey>(check) && now - stored.key.last_used.value_or(0) >= kMinute) {
        stored.key.last_used = now;
        first_use = stored.key;
      }
    }
  }
  if (first_use) note_use(*first_use);
  return check;
}

Result<KeyCheck> KeyStore::check(std::string_view id) {
  const std::lock_guard lock(mutex_);
  if (auto read = refresh(); !read) return Unexpected{read.error()};
  const auto found = find_id(keys_, id);
  return found == keys_.end() ? KeyCheck(Refusal::kUnknown) : verdict(found->key);
}

Result<bool> KeyStore::has_usable_admin() {
  const std::lock_guard lock(mutex_);
  if (auto read = refresh(); !read) return Unexpected{read.error()};
  return std::ranges::any_of(keys_, [now = now_()](const StoredKey& stored) {
    return stored.key.allows(Scope::kAdmin) && stored.key.is_usable(now);
  });
}

Result<void> KeyStore::change(const std::function<Result<void>(std::vector<StoredKey>&)>& edit) const {
  if (auto made = make_folder(file_.parent_path()); !made) return made;
  const auto lock = lock_file(file_.string() + ".lock");
  if (!lock) return Unexpected{lock.error()};
  auto keys = read_key_file(file_);
  if (!keys) return Unexpected{keys.error()};
  if (auto edited = edit(*keys); !edited) return edited;
  return write_key_file(file_, *keys);
}

Result<void> KeyStore::refresh() {
  const KeyFileMark mark = mark_of(file_);  // before the read: a change in between is read again
  if (read_at_ == mark) return {};
  read_at_.reset();
  auto keys = read_key_file(file_);
  if (!keys) return Unexpected{keys.error()};
  keys_ = *std::move(keys);
  read_at_ = mark;
  return {};
}

KeyCheck KeyStore::verdict(const ApiKey& key) const {
  if (key.revoked) return Refusal::kRevoked;
  if (!key.is_usable(now_())) return Refusal::kExpired;
  return key;
}

void KeyStore::note_use(const ApiKey& key) const {
  // A server whose key file cannot be written goes on; only the time of use is lost.
  (void)change([&](std::vector<StoredKey>& keys) -> Result<void> {
    if (const auto found = find_id(keys, key.id); found != keys.end()) found->key.last_used = key.last_used;
    return {};
  });
}

}  // namespace rap::server
