// SPDX-License-Identifier: Apache-2.0
// What is known of API keys, and the file that holds it. `rap keys` and running servers share it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rap/memory.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap::server {

/// What a key may do. Each scope implies those before it.
enum class Scope {
  kRead,   ///< look and ask
  kWrite,  ///< remember, edit, forget, give feedback
  kAdmin,  ///< keys, and erasing everything
};

/// "read", "write" or "admin".
[[nodiscard]] const char* to_word(Scope scope) noexcept;

/// The words of a scope and of those that it implies: {"read", "write"} of kWrite.
[[nodiscard]] std::vector<std::string> scope_words(Scope scope);

/// The widest scope of a list of words. kInvalidArgument for another word, or none at all.
[[nodiscard]] Result<Scope> widest_scope(std::span<const std::string> words);

/// What is known of a key. The key itself is not: only its SHA-256 is kept, in the file.
struct ApiKey {
  std::string id;    ///< 12 hex digits, unique in the file; no secret
  std::string name;  ///< what the user calls it: "kitchen tablet"
  Owner owner;
  Scope scope = Scope::kRead;
  TimestampMs created = 0;
  std::optional<TimestampMs> expires;    ///< from this moment on it is refused
  std::optional<TimestampMs> last_used;  ///< to the minute
  std::optional<TimestampMs> revoked;    ///< when it was revoked

  [[nodiscard]] bool allows(Scope wanted) const noexcept { return scope >= wanted; }
  [[nodiscard]] bool is_usable(TimestampMs now) const noexcept { return !revoked && (!expires || now < *expires); }

  friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

/// A key and the SHA-256 of its text, as 64 lower-case hex digits.
struct StoredKey {
  ApiKey key;
  std::string sha256;
};

/// Reads the keys of a file; none if there is no file. kCorrupt for a damaged file, kUnsupported
/// for one of a newer version, kIo.
[[nodiscard]] Result<std::vector<StoredKey>> read_key_file(const std::filesystem::path& file);

/// Replaces the file at once (see write_file); only its owner may read it. kIo.
[[nodiscard]] Result<void> write_key_file(const std::filesystem::path& file, std::span<const StoredKey> keys);

/// Tells whether a file is still the one that was read: every write makes another mark.
struct KeyFileMark {
  std::uint64_t inode = 0;
  std::int64_t size = -1;  ///< -1 = there is no file
  std::int64_t modified_ns = 0;

  friend bool operator==(const KeyFileMark&, const KeyFileMark&) = default;
};
[[nodiscard]] KeyFileMark mark_of(const std::filesystem::path& file);

/// Where keys are kept unless the user says otherwise: beside the default memory.
[[nodiscard]] std::filesystem::path default_keys_file();

}  // namespace rap::server
