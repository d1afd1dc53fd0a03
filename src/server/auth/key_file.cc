// SPDX-License-Identifier: Apache-2.0
#include "server/auth/key_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "app/paths.h"
#include "core/files.h"

namespace rap::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "rap-keys";
constexpr int kVersion = 1;
constexpr std::uintmax_t kMaxFileBytes = 10'000'000;
constexpr std::size_t kSha256Digits = 64;
constexpr Scope kScopes[] = {Scope::kRead, Scope::kWrite, Scope::kAdmin};

Json optional_time(const std::optional<TimestampMs>& time) { return time ? Json(*time) : Json(nullptr); }

std::optional<TimestampMs> read_time(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<TimestampMs>());
}

Json to_json(const StoredKey& stored) {
  const ApiKey& key = stored.key;
  return {{"id", key.id},
          {"name", key.name},
          {"owner", key.owner.id},
          {"scopes", scope_words(key.scope)},
          {"sha256", stored.sha256},
          {"created", key.created},
          {"expires", optional_time(key.expires)},
          {"last_used", optional_time(key.last_used)},
          {"revoked", optional_time(key.revoked)}};
}

StoredKey from_json(const Json& json) {
  StoredKey stored;
  ApiKey& key = stored.key;
  key.id = json.at("id");
  key.name = json.at("name");
  key.owner.id = json.at("owner");
  const auto scope = widest_scope(json.at("scopes").get<std::vector<std::string>>());
  if (!scope) throw std::invalid_argument(scope.error().message);
  key.scope = *scope;
  stored.sha256 = json.at("sha256");
  if (stored.sha256.size() != kSha256Digits) throw std::invalid_argument("a sha256 is damaged");
  key.created = json.at("created");
  key.expires = read_time(json.at("expires"));
  key.last_used = read_time(json.at("last_used"));
  key.revoked = read_time(json.at("revoked"));
  return stored;
}

Result<std::vector<StoredKey>> parse(const Json& json, const std::filesystem::path& file) {
  if (json.at("format") != kFormat) throw std::invalid_argument("another kind of file");
  const int version = json.at("version");
  if (version != kVersion) {
    return fail(
        ErrorCode::kUnsupported,
        "the keys in '" + file.string() + "' were written by a newer rap (version " + std::to_string(version) + ")",
        "keys");
  }
  std::vector<StoredKey> keys;
  for (const Json& key : json.at("keys")) keys.push_back(from_json(key));
  return keys;
}

}  // namespace

const char* to_word(Scope scope) noexcept {
  switch (scope) {
    case Scope::kRead:
      return "read";
    case Scope::kWrite:
      return "write";
    case Scope::kAdmin:
      return "admin";
  }
  return "";
}

std::vector<std::string> scope_words(Scope scope) {
  std::vector<std::string> words;
  for (const Scope each : kScopes) {
    if (each <= scope) words.emplace_back(to_word(each));
  }
  return words;
}

Result<Scope> widest_scope(std::span<const std::string> words) {
  std::optional<Scope> widest;
  for (const std::string& word : words) {
    const auto* found = std::ranges::find(kScopes, word, to_word);
    if (found == std::end(kScopes)) {
      return fail(ErrorCode::kInvalidArgument, "a scope is one of read, write and admin", "scopes");
    }
    widest = std::max(widest, std::optional(*found));
  }
  if (!widest) return fail(ErrorCode::kInvalidArgument, "a key needs a scope: read, write or admin", "scopes");
  return *widest;
}

Result<std::vector<StoredKey>> read_key_file(const std::filesystem::path& file) {
  const auto content = read_file(file, kMaxFileBytes);
  if (!content) {
    if (content.error().code == ErrorCode::kNotFound) return std::vector<StoredKey>{};
    return Unexpected{content.error()};
  }
  try {
    const auto* text = reinterpret_cast<const char*>(content->data());
    return parse(Json::parse(text, text + content->size()), file);
  } catch (const std::exception&) {  // its message could repeat a name
    return fail(ErrorCode::kCorrupt, "the keys in '" + file.string() + "' cannot be read: the file is damaged", "keys");
  }
}

Result<void> write_key_file(const std::filesystem::path& file, std::span<const StoredKey> keys) {
  Json list = Json::array();
  for (const StoredKey& key : keys) list.push_back(to_json(key));
  const Json json = {{"format", kFormat}, {"version", kVersion}, {"keys", std::move(list)}};
  return write_file(file, as_bytes(json.dump(1) + "\n"), Readers::kOwner);
}

KeyFileMark mark_of(const std::filesystem::path& file) {
  struct ::stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {status.st_ino, status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

std::filesystem::path default_keys_file() { return data_home() / "keys.json"; }

}  // namespace rap::server
