// SPDX-License-Identifier: Apache-2.0
#include "memory/sqlite/sqlite_memory.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "core/hash.h"
#include "core/ids.h"
#include "memory/sqlite/rows.h"
#include "memory/sqlite/schema.h"
#include "memory/validate.h"

namespace rap {
namespace {

using sqlite::OwnerRows;
using sqlite::SqliteFailure;
using sqlite::throw_failure;
using sqlite::Transaction;
using sqlite::unwrap;
using Kind = HistoryEntry::Kind;

std::vector<View> make_views(std::span<const NewView> views, std::span<const CheckedPhoto> photos, TimestampMs now) {
  std::vector<View> made;
  for (std::size_t i = 0; i < views.size(); ++i) {
    made.push_back({random_id(), photos[i].sha256, views[i].box, views[i].provenance, now, views[i].shows});
  }
  return made;
}

void store_photos(const OwnerRows& rows, std::span<const CheckedPhoto> photos) {
  for (const CheckedPhoto& photo : photos) sqlite::store_photo(rows, photo.sha256, photo.file);
}

Concept existing_concept(const OwnerRows& rows, std::string_view id) {
  auto found = sqlite::load_concept(rows, id);
  if (!found) throw_failure(ErrorCode::kNotFound, "there is no concept with this id", "id");
  return *std::move(found);
}

void remove_views(Concept& subject, std::span<const std::string> ids) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto view = std::ranges::find(subject.views, ids[i], &View::id);
    if (view == subject.views.end()) {
      throw_failure(ErrorCode::kNotFound, "the concept has no view with this id", element("remove_views", i));
    }
    subject.views.erase(view);
  }
}

/// Times never run backwards, even if the system's clock does.
void touch(Concept& subject, TimestampMs now) { subject.updated = std::max({now, subject.updated, subject.created}); }

/// Asks `photos` for a photo and checks that it is what its name says.
Bytes fetch_photo(const PhotoSource& photos, const std::string& sha256) {
  Bytes file = unwrap(photos(sha256));
  if (sha256_hex(file) != sha256) throw_failure(ErrorCode::kCorrupt, "a photo does not have its sha256");
  return file;
}

/// What can be checked of foreign concepts before the write lock is taken.
void check_restored(std::span<const Concept> concepts, const PhotoSource& photos) {
  std::set<std::string> readable;
  for (std::size_t i = 0; i < concepts.size(); ++i) {
    const std::string field = element("concepts", i);
    if (auto checked = check_concept(concepts[i]); !checked) {
      throw SqliteFailure{inside(field, checked.error()).error};
    }
    for (std::size_t j = 0; j < concepts[i].views.size(); ++j) {
      const std::string& sha256 = concepts[i].views[j].photo;
      if (!readable.insert(sha256).second) continue;
      if (auto checked = check_photo(fetch_photo(photos, sha256)); !checked) {
        throw SqliteFailure{inside(field + "." + element("views", j), checked.error()).error};
      }
    }
  }
}

bool is_taken(const OwnerRows& rows, const Concept& subject) {
  return sqlite::load_concept(rows, subject.id).has_value() || sqlite::taken_name(rows, subject).has_value();
}

class SqliteMemory final : public Memory {
 public:
  explicit SqliteMemory(const std::filesystem::path& file) : database_(file) {
    sqlite::migrate(database_, sqlite::schema_migrations());
    database_.use_write_ahead_log();
  }

  Result<std::uint64_t> revision(const Owner& owner) const override {
    return read<std::uint64_t>(owner, [](const OwnerRows& rows) { return sqlite::load_revision(rows); });
  }

  Result<Concept> put(const Owner& owner, const ConceptDraft& draft, std::span<const NewView> views) override {
    if (auto checked = check_draft(draft); !checked) return Unexpected{checked.error()};
    auto photos = check_views(views, "views");
    if (!photos) return Unexpected{photos.error()};
    Concept subject;
    subject.id = random_id();
    subject.created = now_ms();
    subject.updated = subject.created;
    apply_draft(draft, subject);
    subject.views = make_views(views, *photos, subject.created);
    return write<Concept>(owner, [&](const OwnerRows& rows) {
      store_photos(rows, *photos);
      return *sqlite::make_step(rows, {Kind::kPut, std::nullopt, std::move(subject)}).after;
    });
  }

  Result<std::optional<Concept>> get(const Owner& owner, std::string_view id) const override {
    return read<std::optional<Concept>>(owner, [&](const OwnerRows& rows) { return sqlite::load_concept(rows, id); });
  }

  Result<std::optional<Concept>> find(const Owner& owner, std::string_view name) const override {
    return read<std::optional<Concept>>(owner, [&](const OwnerRows& rows) { return sqlite::load_named(rows, name); });
  }

  Result<std::vector<Concept>> list(const Owner& owner, const ListOptions& options) const override {
    if (options.limit == 0) return fail(ErrorCode::kInvalidArgument, "the limit must be at least 1", "limit");
    return read<std::vector<Concept>>(owner,
                                      [&](const OwnerRows& rows) { return sqlite::load_concepts(rows, options); });
  }

  Result<Concept> patch(const Owner& owner, std::string_view id, const ConceptPatch& patch) override {
    auto photos = check_views(patch.add_views, "add_views");
    if (!photos) return Unexpected{photos.error()};
    return write<Concept>(owner, [&](const OwnerRows& rows) { return patch_rows(rows, id, patch, *photos); });
  }

  Result<std::vector<Concept>> patch_all(const Owner& owner, std::span<const ConceptChange> changes) override {
    std::vector<std::vector<CheckedPhoto>> photos;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      auto checked = check_views(changes[i].patch.add_views, "add_views");
      if (!checked) return inside(element("changes", i), checked.error());
      photos.push_back(*std::move(checked));
    }
    return write<std::vector<Concept>>(owner, [&](const OwnerRows& rows) {
      std::vector<Concept> changed;
      for (std::size_t i = 0; i < changes.size(); ++i) {
        try {
          changed.push_back(patch_rows(rows, changes[i].id, changes[i].patch, photos[i]));
        } catch (const SqliteFailure& failure) {
          throw SqliteFailure{inside(element("changes", i), failure.error).error};
        }
      }
      return changed;
    });
  }

  Result<void> forget(const Owner& owner, std::string_view id) override {
    return write<void>(owner, [&](const OwnerRows& rows) {
      sqlite::make_step(rows, {Kind::kForget, existing_concept(rows, id), std::nullopt});
    });
  }

  Result<std::vector<HistoryEntry>> history(const Owner& owner, std::string_view concept_id,
                                            std::size_t limit) const override {
    return read<std::vector<HistoryEntry>>(
        owner, [&](const OwnerRows& rows) { return sqlite::load_history(rows, concept_id, limit); });
  }

  Result<HistoryEntry> undo(const Owner& owner) override {
    return write<HistoryEntry>(owner, [&](const OwnerRows& rows) {
      const auto step = sqlite::load_step_to_undo(rows);
      if (!step) throw_failure(ErrorCode::kNotFound, "there is nothing left to undo");
      std::optional<Concept> after = step->before;
      if (after) touch(*after, now_ms());
      const auto current = sqlite::load_concept(rows, step->concept_id);
      if (!current && !after) throw_failure(ErrorCode::kCorrupt, "the history does not fit the concepts");
      sqlite::mark_taken_back(rows, step->revision);
      return sqlite::make_step(rows, {Kind::kUndo, current, std::move(after)});
    });
  }

  Result<TransferReport> restore(const Owner& owner, std::span<const Concept> concepts, const PhotoSource& photos,
                                 Merge merge) override {
    try {
      check_restored(concepts, photos);
    } catch (const SqliteFailure& failure) {
      return Unexpected{failure.error};
    }
    return write<TransferReport>(owner,
                                 [&](const OwnerRows& rows) { return restore_rows(rows, concepts, photos, merge); });
  }

  Result<std::vector<TextHit>> search_text(const Owner& owner, std::string_view query,
                                           std::size_t limit) const override {
    return read<std::vector<TextHit>>(owner, [&](const OwnerRows& rows) { return sqlite::search(rows, query, limit); });
  }

  Result<std::optional<Bytes>> photo(const Owner& owner, std::string_view sha256) const override {
    return read<std::optional<Bytes>>(owner, [&](const OwnerRows& rows) { return sqlite::load_photo(rows, sha256); });
  }

  Result<std::optional<Bytes>> derived(const Owner& owner, const DerivedKey& key) const override {
    return read<std::optional<Bytes>>(owner, [&](const OwnerRows& rows) { return sqlite::load_derived(rows, key); });
  }

  Result<std::map<std::string, Bytes>> derived_all(const Owner& owner, std::string_view fingerprint) const override {
    return read<std::map<std::string, Bytes>>(
        owner, [&](const OwnerRows& rows) { return sqlite::load_all_derived(rows, fingerprint); });
  }

  Result<void> keep_derived(const Owner& owner, const DerivedKey& key, std::span<const std::byte> value) override {
    return write<void>(owner, [&](const OwnerRows& rows) { sqlite::store_derived(rows, key, value); });
  }

  Result<void> drop_derived(const Owner& owner, std::string_view fingerprint) override {
    auto dropped = write<void>(owner, [&](const OwnerRows& rows) { sqlite::drop_derived_of(rows, fingerprint); });
    if (!dropped) return dropped;
    return empty_log(owner);
  }

  Result<std::optional<std::string>> setting(const Owner& owner, std::string_view key) const override {
    return read<std::optional<std::string>>(owner,
                                            [&](const OwnerRows& rows) { return sqlite::load_setting(rows, key); });
  }

  Result<void> set_setting(const Owner& owner, std::string_view key, std::string_view value) override {
    return write<void>(owner, [&](const OwnerRows& rows) {
      sqlite::store_setting(rows, key, value);
      sqlite::raise_revision(rows);
    });
  }

  Result<void> erase(const Owner& owner) override {
    auto erased = write<void>(owner, [&](const OwnerRows& rows) {
      sqlite::erase_rows(rows);
      sqlite::raise_revision(rows);
    });
    if (!erased) return erased;
    return empty_log(owner);
  }

 private:
  /// What was erased must not stay in the log. Another process that is reading keeps it a while
  /// longer; its content is overwritten later.
  Result<void> empty_log(const Owner& owner) const {
    return read<void>(owner,
                      [](const OwnerRows& rows) { rows.database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").run(); });
  }

  static Concept patch_rows(const OwnerRows& rows, std::string_view id, const ConceptPatch& patch,
                            std::span<const CheckedPhoto> photos) {
    const Concept before = existing_concept(rows, id);
    if (patch.if_revision && *patch.if_revision != before.revision) {
      throw_failure(ErrorCode::kConflict,
                    "the concept has revision " + std::to_string(before.revision) + ", not " +
                        std::to_string(*patch.if_revision) + ": somebody else changed it",
                    "if_revision");
    }
    const TimestampMs now = now_ms();
    Concept after = before;
    const ConceptDraft draft = patched(draft_of(before), patch);
    unwrap(check_draft(draft));
    apply_draft(draft, after);
    remove_views(after, patch.remove_views);
    const std::vector<View> added = make_views(patch.add_views, photos, now);
    after.views.insert(after.views.end(), added.begin(), added.end());
    unwrap(check_view_count(after.views, "add_views"));
    if (after == before) return after;
    touch(after, now);
    store_photos(rows, photos);
    return *sqlite::make_step(rows, {Kind::kPatch, before, std::move(after)}).after;
  }

  static TransferReport restore_rows(const OwnerRows& rows, std::span<const Concept> concepts,
                                     const PhotoSource& photos, Merge merge) {
    TransferReport report;
    std::set<std::string> stored;
    for (const Concept& subject : concepts) {
      if (is_taken(rows, subject)) {
        ++report.skipped;
        continue;
      }
      for (const View& view : subject.views) {
        if (!stored.insert(view.photo).second) continue;
        const Bytes file = fetch_photo(photos, view.photo);
        sqlite::store_photo(rows, view.photo, file);
      }
      sqlite::make_step(rows, {Kind::kPut, std::nullopt, subject});
      ++report.concepts;
    }
    if (report.skipped > 0 && merge == Merge::kFail) {
      throw_failure(ErrorCode::kConflict,
                    std::to_string(report.skipped) + " of " + std::to_string(concepts.size()) +
                        " concepts have an id, name or alias that is taken",
                    "concepts");
    }
    report.photos = stored.size();
    return report;
  }

  /// Runs `work` on the owner's rows, alone on the connection; failures become errors.
  template <class T, class Work>
  Result<T> read(const Owner& owner, Work&& work) const {
    if (auto checked = check_owner(owner); !checked) return Unexpected{checked.error()};
    const std::scoped_lock lock(mutex_);
    try {
      if constexpr (std::is_void_v<T>) {
        work(OwnerRows{database_, owner.id});
        return {};
      } else {
        return work(OwnerRows{database_, owner.id});
      }
    } catch (const SqliteFailure& failure) {
      return Unexpected{failure.error};
    }
  }

  /// The same in a transaction that is committed when `work` returns.
  template <class T, class Work>
  Result<T> write(const Owner& owner, Work&& work) {
    return read<T>(owner, [&](const OwnerRows& rows) {
      Transaction transaction(rows.database);
      if constexpr (std::is_void_v<T>) {
        work(rows);
        transaction.commit();
      } else {
        T value = work(rows);
        transaction.commit();
        return value;
      }
    });
  }

  mutable std::mutex mutex_;
  mutable sqlite::Database database_;
};

}  // namespace

Result<std::unique_ptr<Memory>> open_sqlite_memory(const std::filesystem::path& file) {
  try {
    return std::unique_ptr<Memory>(std::make_unique<SqliteMemory>(file));
  } catch (const SqliteFailure& failure) {
    return Unexpected{failure.error};
  }
}

}  // namespace rap
