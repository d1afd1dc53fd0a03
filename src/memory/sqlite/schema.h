// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "memory/sqlite/database.h"

namespace rap::sqlite {

/// Migration i brings a file from schema version i to i + 1. Files of every released version are
/// read by new code, so entries are added, never changed.
[[nodiscard]] std::span<const char* const> schema_migrations();

/// Brings the file to the newest schema in one transaction; an empty file becomes a memory.
/// Fails with kUnsupported when a newer rap made the file, kCorrupt when it is no memory of rap.
void migrate(Database& database, std::span<const char* const> migrations);

}  // namespace rap::sqlite
