// SPDX-License-Identifier: Apache-2.0
#include "memory/sqlite/rows.h"

namespace rap::sqlite {

std::optional<Bytes> load_photo(const OwnerRows& rows, std::string_view sha256) {
  Statement statement = rows.database.prepare("SELECT file FROM photos WHERE owner = ? AND sha256 = ?");
  statement.bind(rows.owner, sha256);
  if (!statement.step()) return std::nullopt;
  return statement.blob(0);
}

void store_photo(const OwnerRows& rows, std::string_view sha256, std::span<const std::byte> file) {
  rows.database.prepare("INSERT INTO photos (owner, sha256, file) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(rows.owner, sha256, file)
      .run();
}

}  // namespace rap::sqlite
