// SPDX-License-Identifier: Apache-2.0
// The durable key-value memory of concepts: the "Remember" step of RAP.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// Whose memory a call is about (a tenant). Comes from authentication, never from user input.
struct Owner {
  std::string id = "local";

  friend bool operator==(const Owner&, const Owner&) = default;
};

/// What a user says about a concept, without its views.
struct ConceptDraft {
  std::string name;
  std::vector<std::string> aliases;
  std::string category;
  std::string info;
  std::map<std::string, std::string> attributes;
  Consent consent = Consent::kNotAsked;
};

/// A photo to be kept as a view. The bytes are stored as given, addressed by their sha256.
struct NewView {
  std::span<const std::byte> photo;  ///< a whole photo file; borrowed during the call
  std::optional<Box> box;
  Provenance provenance = Provenance::kConfirmed;
  bool shows = true;  ///< false: a counter-example; it must be learnt
};

/// A change to a concept; what is not set stays as it is.
struct ConceptPatch {
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> aliases;
  std::optional<std::string> category;
  std::optional<std::string> info;
  std::map<std::string, std::optional<std::string>> attributes;  ///< nullopt removes the key
  std::optional<Consent> consent;
  std::vector<NewView> add_views;
  std::vector<std::string> remove_views;     ///< view ids
  std::optional<std::uint64_t> if_revision;  ///< kConflict unless the concept has this revision
};

/// A patch and the id of the concept that it changes.
struct ConceptChange {
  std::string id;
  ConceptPatch patch;
};

/// One step of an owner's history.
struct HistoryEntry {
  enum class Kind { kPut, kPatch, kForget, kUndo };

  std::uint64_t revision = 0;  ///< the owner's revision this step made
  Kind kind = Kind::kPut;
  TimestampMs at = 0;
  std::string concept_id;
  std::optional<Concept> before;  ///< none if the step created the concept
  std::optional<Concept> after;   ///< none if the step removed it
};

/// Selects concepts for list(); ordered by name (folded), then id.
struct ListOptions {
  std::string after_id;     ///< continue after this concept (kNotFound if it is gone); empty = from the start
  std::size_t limit = 100;  ///< at least 1
};

/// A concept whose text fits a question.
struct TextHit {
  std::string concept_id;
  float score = 0.0F;  ///< larger is better; comparable within one search only
};

/// Where a derived value (embedding, visual tokens) is kept.
struct DerivedKey {
  std::string view;         ///< view_key() of the view it was made from; a mark may follow
  std::string fingerprint;  ///< of the engine that made it
};

/// What restore() does with a concept whose id, name or alias is taken.
enum class Merge {
  kFail,  ///< kConflict, nothing is restored
  kSkip,  ///< the concept is left out and counted
};

/// What a restore or an import did.
struct TransferReport {
  std::size_t concepts = 0;  ///< written
  std::size_t photos = 0;    ///< distinct photos that these concepts show
  std::size_t skipped = 0;   ///< concepts left out, see Merge

  friend bool operator==(const TransferReport&, const TransferReport&) = default;
};

/// Gives the photo file with a sha256. Called from the thread of restore(), up to twice a photo.
using PhotoSource = std::function<Result<Bytes>(std::string_view sha256)>;

/// Concepts of many owners. Thread-safe. A write is one transaction that raises the owner's
/// revision by one; when a call returns success the change survives a crash of the process or
/// the machine. A failed call changes nothing. Photos are checked to be readable before they are
/// stored. Every call may fail with kIo (storage) or kCorrupt (damaged storage).
class Memory {
 public:
  virtual ~Memory() = default;

  /// Counts the owner's writes; 0 for an owner never seen. Equal revisions mean equal concepts.
  [[nodiscard]] virtual Result<std::uint64_t> revision(const Owner& owner) const = 0;

  /// Adds a concept with 0..Limits::kViews confirmed views. Fails with kInvalidArgument or kTooLarge (the
  /// field is named), kConflict if the folded name is taken, kUnsupported or kCorrupt for a photo
  /// that cannot be read.
  [[nodiscard]] virtual Result<Concept> put(const Owner& owner, const ConceptDraft& draft,
                                            std::span<const NewView> views) = 0;

  [[nodiscard]] virtual Result<std::optional<Concept>> get(const Owner& owner, std::string_view id) const = 0;

  /// Finds by name or alias after case and accent folding; a name wins over an alias.
  [[nodiscard]] virtual Result<std::optional<Concept>> find(const Owner& owner, std::string_view name) const = 0;

  [[nodiscard]] virtual Result<std::vector<Concept>> list(const Owner& owner, const ListOptions& options) const = 0;

  /// Changes a concept. What changes nothing is no step: it cannot be undone, and the revision stays. Fails like
  /// put(); with kNotFound for an unknown concept or view.
  [[nodiscard]] virtual Result<Concept> patch(const Owner& owner, std::string_view id, const ConceptPatch& patch) = 0;

  /// Makes several changes in one transaction: all or, on failure, none. Each is a step of its own,
  /// in this order. The concepts after their changes, same order. Fails like patch(), fields named
  /// "changes[1].add_views[0].photo".
  [[nodiscard]] virtual Result<std::vector<Concept>> patch_all(const Owner& owner,
                                                               std::span<const ConceptChange> changes) = 0;

  /// Removes a concept; history keeps it, so undo() brings it back. kNotFound if unknown.
  [[nodiscard]] virtual Result<void> forget(const Owner& owner, std::string_view id) = 0;

  /// Newest first. With `concept_id` only that concept's steps; at most `limit` of them.
  [[nodiscard]] virtual Result<std::vector<HistoryEntry>> history(const Owner& owner, std::string_view concept_id,
                                                                  std::size_t limit) const = 0;

  /// Takes back the newest step that is not taken back yet, as a new step of kind kUndo, and
  /// returns that new step. Called again it goes further back. kNotFound when nothing is left;
  /// kConflict when a name has meanwhile been taken.
  [[nodiscard]] virtual Result<HistoryEntry> undo(const Owner& owner) = 0;

  /// Adds concepts that were made elsewhere (a backup, another memory) with their ids, times and
  /// views: all of them or, on failure, none. Each is a step of kind kPut that raises the
  /// revision by one and becomes the concept's revision; everything else is kept. `photos` must
  /// give the file of every view; photos are checked to be readable and to have their sha256.
  /// Fails like put(), fields named "concepts[3].name"; errors of `photos` are passed on.
  [[nodiscard]] virtual Result<TransferReport> restore(const Owner& owner, std::span<const Concept> concepts,
                                                       const PhotoSource& photos, Merge merge) = 0;

  /// Full-text search over names, aliases, category, info and attributes. Any text is a valid
  /// query; words are folded and matched whole, more and rarer common words score higher.
  [[nodiscard]] virtual Result<std::vector<TextHit>> search_text(const Owner& owner, std::string_view query,
                                                                 std::size_t limit) const = 0;

  /// The stored photo file with this sha256, or none.
  [[nodiscard]] virtual Result<std::optional<Bytes>> photo(const Owner& owner, std::string_view sha256) const = 0;

  /// Derived values of this owner's views. Losing them costs time only: they are not part of
  /// the revision. They go with the photo they were made from; when a step removes a view; and
  /// when a concept's consent becomes refused.
  [[nodiscard]] virtual Result<std::optional<Bytes>> derived(const Owner& owner, const DerivedKey& key) const = 0;
  [[nodiscard]] virtual Result<std::map<std::string, Bytes>> derived_all(const Owner& owner,
                                                                         std::string_view fingerprint) const = 0;

  /// Keeps or replaces a derived value; kNotFound if the owner has no such photo.
  [[nodiscard]] virtual Result<void> keep_derived(const Owner& owner, const DerivedKey& key,
                                                  std::span<const std::byte> value) = 0;

  /// Removes all derived values whose fingerprint starts with `fingerprint`, for good.
  [[nodiscard]] virtual Result<void> drop_derived(const Owner& owner, std::string_view fingerprint) = 0;

  /// A setting of the owner's memory, or none. Settings are no concepts: they have no history and
  /// are not exported.
  [[nodiscard]] virtual Result<std::optional<std::string>> setting(const Owner& owner, std::string_view key) const = 0;

  /// Changes a setting, and raises the revision, so that whoever keeps something made under the
  /// old value renews it.
  [[nodiscard]] virtual Result<void> set_setting(const Owner& owner, std::string_view key, std::string_view value) = 0;

  /// Erases everything of the owner, history, photos and settings included, for good. Only the counter of
  /// revision() stays (raised by one), so that equal revisions never mean different concepts.
  [[nodiscard]] virtual Result<void> erase(const Owner& owner) = 0;
};

/// Identifies the pixels of a view: the photo's sha256, and the box if there is one.
/// Form: 64 hex digits, then nothing or "@x,y,width,height" in millionths of the photo.
[[nodiscard]] std::string view_key(std::string_view photo_sha256, const std::optional<Box>& box);

/// The view that gives a concept its picture: the first confirmed one, or null. Points into `subject`.
[[nodiscard]] const View* avatar(const Concept& subject);

}  // namespace rap
