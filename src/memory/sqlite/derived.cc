// SPDX-License-Identifier: Apache-2.0
#include "memory/sqlite/rows.h"

namespace rap::sqlite {
namespace {

constexpr std::size_t kSha256Digits = 64;

bool has_photo(const OwnerRows& rows, std::string_view sha256) {
  Statement statement = rows.database.prepare("SELECT 1 FROM photos WHERE owner = ? AND sha256 = ?");
  statement.bind(rows.owner, sha256);
  return statement.step();
}

}  // namespace

std::optional<Bytes> load_derived(const OwnerRows& rows, const DerivedKey& key) {
  Statement statement =
      rows.database.prepare("SELECT value FROM derived WHERE owner = ? AND fingerprint = ? AND view = ?");
  statement.bind(rows.owner, key.fingerprint, key.view);
  if (!statement.step()) return std::nullopt;
  return statement.blob(0);
}

std::map<std::string, Bytes> load_all_derived(const OwnerRows& rows, std::string_view fingerprint) {
  Statement statement = rows.database.prepare("SELECT view, value FROM derived WHERE owner = ? AND fingerprint = ?");
  statement.bind(rows.owner, fingerprint);
  std::map<std::string, Bytes> values;
  while (statement.step()) values.emplace(statement.text(0), statement.blob(1));
  return values;
}

void store_derived(const OwnerRows& rows, const DerivedKey& key, std::span<const std::byte> value) {
  const std::string photo = key.view.substr(0, kSha256Digits);
  if (!has_photo(rows, photo)) {
    throw_failure(ErrorCode::kNotFound, "the memory has no photo of the view that the value was made from", "view");
  }
  rows.database
      .prepare(
          "INSERT INTO derived (owner, fingerprint, view, photo, value) VALUES (?, ?, ?, ?, ?) "
          "ON CONFLICT (owner, fingerprint, view) DO UPDATE SET value = excluded.value")
      .bind(rows.owner, key.fingerprint, key.view, photo, value)
      .run();
}

void drop_derived_of(const OwnerRows& rows, std::string_view fingerprint) {
  rows.database.prepare("DELETE FROM derived WHERE owner = ?1 AND substr(fingerprint, 1, length(?2)) = ?2")
      .bind(rows.owner, fingerprint)
      .run();
}

void drop_derived_from(const OwnerRows& rows, std::string_view view) {
  // Those of a learnt view have a mark after the view's key.
  rows.database.prepare("DELETE FROM derived WHERE owner = ? AND photo = ? AND rtrim(view, '~') = ?")
      .bind(rows.owner, view.substr(0, kSha256Digits), view)
      .run();
}

}  // namespace rap::sqlite
