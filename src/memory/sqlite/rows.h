// SPDX-License-Identifier: Apache-2.0
// The tables of the memory, one file of functions each. All act on one owner's rows, inside the
// caller's transaction where they write, and throw SqliteFailure.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "memory/sqlite/database.h"
#include "rap/memory.h"

namespace rap::sqlite {

/// The rows of one owner.
struct OwnerRows {
  Database& database;
  const std::string& owner;
};

// concepts.cc: the concepts as they are now, with their names and search text.
[[nodiscard]] std::optional<Concept> load_concept(const OwnerRows& rows, std::string_view id);
[[nodiscard]] std::optional<Concept> load_named(const OwnerRows& rows, std::string_view name);
[[nodiscard]] std::vector<Concept> load_concepts(const OwnerRows& rows, const ListOptions& options);

/// The field ("name", "aliases[2]") whose folded text belongs to another concept, if any.
[[nodiscard]] std::optional<std::string> taken_name(const OwnerRows& rows, const Concept& subject);

/// Inserts or replaces a concept; kConflict if a name is taken.
void store_concept(const OwnerRows& rows, const Concept& subject);
void remove_concept(const OwnerRows& rows, std::string_view id);

// history.cc: the owner's revision and the steps that raised it.
[[nodiscard]] std::uint64_t load_revision(const OwnerRows& rows);
std::uint64_t raise_revision(const OwnerRows& rows);

/// A change to one concept: from `before` (none = created) to `after` (none = removed).
struct Step {
  HistoryEntry::Kind kind = HistoryEntry::Kind::kPut;
  std::optional<Concept> before;
  std::optional<Concept> after;
};

/// Makes the change, raises the revision and records both.
HistoryEntry make_step(const OwnerRows& rows, Step step);

/// The newest step that undo() has not taken back, and its mark.
[[nodiscard]] std::optional<HistoryEntry> load_step_to_undo(const OwnerRows& rows);
void mark_taken_back(const OwnerRows& rows, std::uint64_t revision);

/// Newest first; all concepts if `concept_id` is empty.
[[nodiscard]] std::vector<HistoryEntry> load_history(const OwnerRows& rows, std::string_view concept_id,
                                                     std::size_t limit);

// photos.cc
[[nodiscard]] std::optional<Bytes> load_photo(const OwnerRows& rows, std::string_view sha256);
void store_photo(const OwnerRows& rows, std::string_view sha256, std::span<const std::byte> file);

// derived.cc
[[nodiscard]] std::optional<Bytes> load_derived(const OwnerRows& rows, const DerivedKey& key);
[[nodiscard]] std::map<std::string, Bytes> load_all_derived(const OwnerRows& rows, std::string_view fingerprint);
void store_derived(const OwnerRows& rows, const DerivedKey& key, std::span<const std::byte> value);

/// Removes the values of every fingerprint that starts with `fingerprint`.
void drop_derived_of(const OwnerRows& rows, std::string_view fingerprint);

/// Removes all values that were made from a view.
void drop_derived_from(const OwnerRows& rows, std::string_view view);

// settings.cc
[[nodiscard]] std::optional<std::string> load_setting(const OwnerRows& rows, std::string_view key);
void store_setting(const OwnerRows& rows, std::string_view key, std::string_view value);

// search.cc: the full-text index, one row per concept.
void index_concept(const OwnerRows& rows, std::int64_t row, const Concept& subject);
void unindex_concept(const OwnerRows& rows, std::int64_t row);
[[nodiscard]] std::vector<TextHit> search(const OwnerRows& rows, std::string_view query, std::size_t limit);

/// Removes all rows of the owner from every table but `owners`.
void erase_rows(const OwnerRows& rows);

}  // namespace rap::sqlite
