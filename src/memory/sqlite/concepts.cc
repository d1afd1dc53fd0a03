// SPDX-License-Identifier: Apache-2.0
#include "core/text.h"
#include "memory/concept_json.h"
#include "memory/sqlite/rows.h"
#include "memory/validate.h"

namespace rap::sqlite {
namespace {

/// A list that asks for more than SQLite can count asks for everything.
std::int64_t to_limit(std::size_t limit) {
  constexpr std::size_t kMost = INT32_MAX;
  return static_cast<std::int64_t>(std::min(limit, kMost));
}

std::optional<std::int64_t> find_row(const OwnerRows& rows, std::string_view id) {
  Statement statement = rows.database.prepare("SELECT row FROM concepts WHERE owner = ? AND id = ?");
  statement.bind(rows.owner, id);
  if (!statement.step()) return std::nullopt;
  return statement.integer(0);
}

bool is_taken(const OwnerRows& rows, std::string_view name, std::string_view id) {
  Statement statement = rows.database.prepare("SELECT 1 FROM names WHERE owner = ? AND folded = ? AND concept <> ?");
  statement.bind(rows.owner, fold(name), id);
  return statement.step();
}

void store_names(const OwnerRows& rows, const Concept& subject) {
  rows.database.prepare("DELETE FROM names WHERE owner = ? AND concept = ?").bind(rows.owner, subject.id).run();
  const auto insert = [&](const std::string& name) {
    // A concept may repeat its own name among its aliases.
    rows.database.prepare("INSERT INTO names (owner, folded, concept) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(rows.owner, fold(name), subject.id)
        .run();
  };
  insert(subject.name);
  for (const std::string& alias : subject.aliases) insert(alias);
}

std::vector<Concept> read_concepts(Statement& statement) {
  std::vector<Concept> concepts;
  while (statement.step()) concepts.push_back(unwrap(concept_from_text(statement.text(0))));
  return concepts;
}

}  // namespace

std::optional<Concept> load_concept(const OwnerRows& rows, std::string_view id) {
  Statement statement = rows.database.prepare("SELECT body FROM concepts WHERE owner = ? AND id = ?");
  statement.bind(rows.owner, id);
  if (!statement.step()) return std::nullopt;
  return unwrap(concept_from_text(statement.text(0)));
}

std::optional<Concept> load_named(const OwnerRows& rows, std::string_view name) {
  Statement statement = rows.database.prepare(
      "SELECT body FROM names JOIN concepts ON concepts.owner = names.owner AND concepts.id = names.concept "
      "WHERE names.owner = ? AND names.folded = ?");
  statement.bind(rows.owner, fold(name));
  if (!statement.step()) return std::nullopt;
  return unwrap(concept_from_text(statement.text(0)));
}

std::vector<Concept> load_concepts(const OwnerRows& rows, const ListOptions& options) {
  if (options.after_id.empty()) {
    Statement statement =
        rows.database.prepare("SELECT body FROM concepts WHERE owner = ? ORDER BY folded_name, id LIMIT ?");
    return read_concepts(statement.bind(rows.owner, to_limit(options.limit)));
  }
  Statement last = rows.database.prepare("SELECT folded_name FROM concepts WHERE owner = ? AND id = ?");
  last.bind(rows.owner, options.after_id);
  if (!last.step()) {
    throw_failure(ErrorCode::kNotFound, "the concept to continue after is not in the memory", "after_id");
  }
  Statement statement = rows.database.prepare(
      "SELECT body FROM concepts WHERE owner = ? AND (folded_name, id) > (?, ?) ORDER BY folded_name, id LIMIT ?");
  return read_concepts(statement.bind(rows.owner, last.text(0), options.after_id, to_limit(options.limit)));
}

std::optional<std::string> taken_name(const OwnerRows& rows, const Concept& subject) {
  if (is_taken(rows, subject.name, subject.id)) return "name";
  for (std::size_t i = 0; i < subject.aliases.size(); ++i) {
    if (is_taken(rows, subject.aliases[i], subject.id)) return element("aliases", i);
  }
  return std::nullopt;
}

void store_concept(const OwnerRows& rows, const Concept& subject) {
  if (const auto field = taken_name(rows, subject)) {
    throw_failure(ErrorCode::kConflict, *field + " is already a name of another concept", *field);
  }
  rows.database
      .prepare(
          "INSERT INTO concepts (owner, id, folded_name, body) VALUES (?, ?, ?, ?) "
          "ON CONFLICT (owner, id) DO UPDATE SET folded_name = excluded.folded_name, body = excluded.body")
      .bind(rows.owner, subject.id, fold(subject.name), concept_to_text(subject))
      .run();
  store_names(rows, subject);
  index_concept(rows, find_row(rows, subject.id).value(), subject);
}

void remove_concept(const OwnerRows& rows, std::string_view id) {
  const auto row = find_row(rows, id);
  if (!row) return;
  unindex_concept(rows, *row);
  rows.database.prepare("DELETE FROM concepts WHERE row = ?").bind(*row).run();
}

}  // namespace rap::sqlite
