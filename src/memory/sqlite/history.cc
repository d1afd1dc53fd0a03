// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>

#include "core/ids.h"
#include "memory/concept_json.h"
#include "memory/sqlite/rows.h"

namespace rap::sqlite {
namespace {

using Kind = HistoryEntry::Kind;

constexpr std::array<std::pair<Kind, const char*>, 4> kKindWords{
    {{Kind::kPut, "put"}, {Kind::kPatch, "patch"}, {Kind::kForget, "forget"}, {Kind::kUndo, "undo"}}};

std::string_view word_of(Kind kind) {
  return std::ranges::find(kKindWords, kind, [](const auto& pair) { return pair.first; })->second;
}

Kind kind_of(std::string_view word) {
  for (const auto& [kind, candidate] : kKindWords) {
    if (word == candidate) return kind;
  }
  throw_failure(ErrorCode::kCorrupt, "the history has a step of an unknown kind");
}

std::optional<std::string> to_text(const std::optional<Concept>& subject) {
  if (!subject) return std::nullopt;
  return concept_to_text(*subject);
}

std::optional<Concept> to_concept(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return unwrap(concept_from_text(*text));
}

constexpr std::string_view kColumns = "SELECT revision, kind, at, concept, before, after FROM history ";

HistoryEntry read_entry(const Statement& statement) {
  HistoryEntry entry;
  entry.revision = static_cast<std::uint64_t>(statement.integer(0));
  entry.kind = kind_of(statement.text(1));
  entry.at = statement.integer(2);
  entry.concept_id = statement.text(3);
  entry.before = to_concept(statement.optional_text(4));
  entry.after = to_concept(statement.optional_text(5));
  return entry;
}

void record(const OwnerRows& rows, const HistoryEntry& entry) {
  rows.database
      .prepare("INSERT INTO history (owner, revision, kind, at, concept, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(rows.owner, static_cast<std::int64_t>(entry.revision), word_of(entry.kind), entry.at, entry.concept_id,
            to_text(entry.before), to_text(entry.after))
      .run();
}

/// What was made from views that a step takes away, or may no longer be used, goes with the step: a
/// template of a face must not outlive its person's consent. Undo makes it anew from the photo.
void drop_stale_derived(const OwnerRows& rows, const HistoryEntry& entry) {
  if (!entry.before) return;
  const bool is_refused = entry.after && entry.after->consent == Consent::kRefused;
  for (const View& view : entry.before->views) {
    const bool stays =
        entry.after && std::ranges::find(entry.after->views, view.id, &View::id) != entry.after->views.end();
    if (!stays || is_refused) drop_derived_from(rows, view_key(view.photo, view.box));
  }
}

}  // namespace

std::uint64_t load_revision(const OwnerRows& rows) {
  Statement statement = rows.database.prepare("SELECT revision FROM owners WHERE owner = ?");
  statement.bind(rows.owner);
  return statement.step() ? static_cast<std::uint64_t>(statement.integer(0)) : 0;
}

std::uint64_t raise_revision(const OwnerRows& rows) {
  rows.database
      .prepare(
          "INSERT INTO owners (owner, revision) VALUES (?, 1) "
          "ON CONFLICT (owner) DO UPDATE SET revision = revision + 1")
      .bind(rows.owner)
      .run();
  return load_revision(rows);
}

HistoryEntry make_step(const OwnerRows& rows, Step step) {
  HistoryEntry entry;
  entry.revision = raise_revision(rows);
  entry.kind = step.kind;
  entry.at = now_ms();
  entry.concept_id = step.after ? step.after->id : step.before->id;
  entry.before = std::move(step.before);
  entry.after = std::move(step.after);
  if (entry.after) {
    entry.after->revision = entry.revision;
    store_concept(rows, *entry.after);
  } else {
    remove_concept(rows, entry.concept_id);
  }
  drop_stale_derived(rows, entry);
  record(rows, entry);
  return entry;
}

std::optional<HistoryEntry> load_step_to_undo(const OwnerRows& rows) {
  Statement statement = rows.database.prepare(
      std::string(kColumns) + "WHERE owner = ? AND taken_back = 0 AND kind <> 'undo' ORDER BY revision DESC LIMIT 1");
  statement.bind(rows.owner);
  if (!statement.step()) return std::nullopt;
  return read_entry(statement);
}

void mark_taken_back(const OwnerRows& rows, std::uint64_t revision) {
  rows.database.prepare("UPDATE history SET taken_back = 1 WHERE owner = ? AND revision = ?")
      .bind(rows.owner, static_cast<std::int64_t>(revision))
      .run();
}

std::vector<HistoryEntry> load_history(const OwnerRows& rows, std::string_view concept_id, std::size_t limit) {
  const std::string filter =
      concept_id.empty() ? "WHERE owner = ?1 AND ?2 = '' " : "WHERE owner = ?1 AND concept = ?2 ";
  Statement statement = rows.database.prepare(std::string(kColumns) + filter + "ORDER BY revision DESC LIMIT ?3");
  statement.bind(rows.owner, concept_id, static_cast<std::int64_t>(std::min<std::size_t>(limit, INT32_MAX)));
  std::vector<HistoryEntry> entries;
  while (statement.step()) entries.push_back(read_entry(statement));
  return entries;
}

}  // namespace rap::sqlite
