// SPDX-License-Identifier: Apache-2.0
#include "memory/sqlite/schema.h"

#include <array>
#include <string>

namespace rap::sqlite {
namespace {

/// "RAPM": marks a SQLite file as a memory of rap (PRAGMA application_id).
constexpr std::int64_t kApplicationId = 0x5241504D;

/// Every table starts with the owner, so that a query reads one owner's rows only. `body`,
/// `before` and `after` hold a concept as JSON (concept_json.h). `concept_text` has one row per
/// concept, under the same rowid.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE owners (
  owner TEXT PRIMARY KEY,
  revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE concepts (
  row INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  folded_name TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (owner, id)
) STRICT;
CREATE INDEX concepts_by_name ON concepts (owner, folded_name, id);

CREATE TABLE names (
  owner TEXT NOT NULL,
  folded TEXT NOT NULL,
  concept TEXT NOT NULL,
  PRIMARY KEY (owner, folded),
  FOREIGN KEY (owner, concept) REFERENCES concepts (owner, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_concept ON names (owner, concept);

CREATE TABLE history (
  owner TEXT NOT NULL,
  revision INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  concept TEXT NOT NULL,
  before TEXT,
  after TEXT,
  taken_back INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (owner, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX history_by_concept ON history (owner, concept, revision);
CREATE INDEX history_to_undo ON history (owner, revision) WHERE taken_back = 0 AND kind <> 'undo';

CREATE TABLE photos (
  owner TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  file BLOB NOT NULL,
  PRIMARY KEY (owner, sha256)
) STRICT;

CREATE TABLE derived (
  owner TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  view TEXT NOT NULL,
  photo TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (owner, fingerprint, view),
  FOREIGN KEY (owner, photo) REFERENCES photos (owner, sha256) ON DELETE CASCADE
) STRICT;
CREATE INDEX derived_by_photo ON derived (owner, photo);

CREATE VIRTUAL TABLE concept_text USING fts5 (owner, names, category, info, attributes, tokenize = 'ascii');
)sql";

/// Views can be counter-examples ("shows": false), which code of version 1 would take for views that show
/// their concept. The tables stay as they are.
constexpr const char* kVersion2 = "";

/// Choices of an owner, e.g. whether faces are used.
constexpr const char* kVersion3 = R"sql(
CREATE TABLE settings (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<const char*, 3> kMigrations{kVersion1, kVersion2, kVersion3};

/// What a file says about itself.
struct FileVersion {
  std::int64_t application = 0;
  std::int64_t schema = 0;
  bool has_tables = false;

  [[nodiscard]] bool is_ours() const { return application == kApplicationId; }
  [[nodiscard]] bool is_empty() const { return application == 0 && schema == 0 && !has_tables; }
};

/// Read by one statement, so that all of it is of one moment: another process may be making the file.
FileVersion version_of(Database& database) {
  Statement statement = database.prepare(
      "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), "
      "EXISTS (SELECT 1 FROM sqlite_schema)");
  statement.step();
  return {statement.integer(0), statement.integer(1), statement.integer(2) != 0};
}

/// The schema version of a file that may be brought to `newest`.
std::size_t checked(const FileVersion& version, std::size_t newest) {
  if (!version.is_ours() && !version.is_empty()) {
    throw_failure(ErrorCode::kCorrupt, "the file is a SQLite database, but not a memory of rap", "memory");
  }
  if (version.schema < 0 || version.schema > static_cast<std::int64_t>(newest)) {
    throw_failure(ErrorCode::kUnsupported,
                  "the memory file has schema version " + std::to_string(version.schema) +
                      "; this rap reads up to version " + std::to_string(newest) + ": a newer rap made it",
                  "version");
  }
  return static_cast<std::size_t>(version.schema);
}

}  // namespace

std::span<const char* const> schema_migrations() { return kMigrations; }

void migrate(Database& database, std::span<const char* const> migrations) {
  const std::size_t newest = migrations.size();
  // Checked before the first write to a file that may not be ours.
  if (const FileVersion version = version_of(database); checked(version, newest) == newest && version.is_ours()) return;
  database.use_write_ahead_log();
  Transaction transaction(database);
  // Read again: another process may have migrated the file while this one waited for the lock.
  for (std::size_t version = checked(version_of(database), newest); version < newest; ++version) {
    database.execute(migrations[version]);
  }
  database.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
  database.execute(("PRAGMA user_version = " + std::to_string(newest)).c_str());
  transaction.commit();
}

}  // namespace rap::sqlite
