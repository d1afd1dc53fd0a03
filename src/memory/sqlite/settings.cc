// SPDX-License-Identifier: Apache-2.0
#include "memory/sqlite/rows.h"

namespace rap::sqlite {

std::optional<std::string> load_setting(const OwnerRows& rows, std::string_view key) {
  Statement statement = rows.database.prepare("SELECT value FROM settings WHERE owner = ? AND key = ?");
  statement.bind(rows.owner, key);
  if (!statement.step()) return std::nullopt;
  return statement.text(0);
}

void store_setting(const OwnerRows& rows, std::string_view key, std::string_view value) {
  rows.database
      .prepare(
          "INSERT INTO settings (owner, key, value) VALUES (?, ?, ?) "
          "ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value")
      .bind(rows.owner, key, value)
      .run();
}

}  // namespace rap::sqlite
