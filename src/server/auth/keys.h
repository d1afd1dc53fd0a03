// SPDX-License-Identifier: Apache-2.0
// API keys: who may use a server, and whose memory they reach.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ids.h"
#include "rap/result.h"
#include "rap/types.h"
#include "server/auth/clocks.h"
#include "server/auth/key_file.h"

namespace rap::server {

/// A key that is to be made.
struct KeyDraft {
  std::string name;  ///< 1 to Limits::kNameCharacters characters, no control characters
  Owner owner;
  Scope scope = Scope::kRead;
  std::optional<TimestampMs> expires;  ///< in the future
};

/// A key that was made. `secret` is shown to the user once, and cannot be had again.
struct NewKey {
  std::string secret;  ///< "rap_" and 43 base64url characters: 256 random bits
  ApiKey key;
};

/// Why a key is refused.
enum class Refusal { kUnknown, kExpired, kRevoked };

/// A key that may be used, or why it may not.
using KeyCheck = std::variant<ApiKey, Refusal>;

/// The keys of one file. Thread-safe; any number of stores, in any number of processes, may work
/// on one file: each sees what others changed at its next call. A file that is missing holds no
/// keys. One that is damaged makes every call fail with kCorrupt (kUnsupported if a newer rap wrote
/// it), is never replaced, and so opens no door.
class KeyStore {
 public:
  static constexpr std::size_t kMaxKeys = 1'000;

  explicit KeyStore(std::filesystem::path file, WallClock now = now_ms);
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;

  /// Makes a key and writes it, with the folder of the file if that is missing. A full file drops
  /// the keys that can no longer be used; kTooLarge if there are none. kInvalidArgument or
  /// kTooLarge for a draft that breaks its rules, kIo.
  [[nodiscard]] Result<NewKey> create(const KeyDraft& draft);

  /// The keys, oldest first; with an owner only those of that owner.
  [[nodiscard]] Result<std::vector<ApiKey>> list(const std::optional<Owner>& owner = {});

  /// Revokes a key for good; again is no error. kNotFound, also for the key of another owner than
  /// the given one.
  [[nodiscard]] Result<ApiKey> revoke(std::string_view id, const std::optional<Owner>& owner = {});

  /// Looks a key up by its text, and notes that it was used: that writes the file at most once a
  /// minute and key, and a write that fails is let go. The time tells nothing about the keys there are.
  [[nodiscard]] Result<KeyCheck> find(std::string_view secret);

  /// Looks a key up by its id.
  [[nodiscard]] Result<KeyCheck> check(std::string_view id);

  /// Whether anyone could administrate: a key of that scope that is neither revoked nor expired.
  [[nodiscard]] Result<bool> has_usable_admin();

 private:
  /// Changes the keys of the file while no one else does.
  [[nodiscard]] Result<void> change(const std::function<Result<void>(std::vector<StoredKey>&)>& edit) const;
  /// The keys as they stand in the file now. The mutex is held.
  [[nodiscard]] Result<void> refresh();
  [[nodiscard]] KeyCheck verdict(const ApiKey& key) const;
  void note_use(const ApiKey& key) const;

  const std::filesystem::path file_;
  const WallClock now_;
  std::mutex mutex_;
  std::optional<KeyFileMark> read_at_;  ///< none = keys_ was never read
  std::vector<StoredKey> keys_;
};

}  // namespace rap::server
