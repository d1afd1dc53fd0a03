// SPDX-License-Identifier: Apache-2.0
// A memory and an assistant without storage and engines, for testing verbs alone. They follow the
// contracts of rap/memory.h and rap/assistant.h as far as the verbs depend on them; how the real
// ones behave is tested with the real binary (end_to_end_test.cc).
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/files.h"
#include "core/hash.h"
#include "core/text.h"
#include "rap/assistant.h"
#include "rap/memory.h"

namespace rap::testing {

class FakeMemory : public Memory {
 public:
  Result<std::uint64_t> revision(const Owner&) const override { return revision_; }

  Result<Concept> put(const Owner& owner, const ConceptDraft& draft, std::span<const NewView> views) override {
    const auto taken = find(owner, draft.name);
    if (taken->has_value()) return fail(ErrorCode::kConflict, "the name is taken", "name");
    Concept added;
    added.id = "id" + std::to_string(++last_id_);
    added.name = draft.name;
    added.aliases = draft.aliases;
    added.category = draft.category;
    added.info = draft.info;
    added.attributes = draft.attributes;
    added.consent = draft.consent;
    add_views(added, views);
    return step(HistoryEntry::Kind::kPut, std::nullopt, added);
  }

  Result<std::optional<Concept>> get(const Owner&, std::string_view id) const override {
    const auto at = concepts_.find(std::string(id));
    return at == concepts_.end() ? std::optional<Concept>() : at->second;
  }

  Result<std::optional<Concept>> find(const Owner&, std::string_view name) const override {
    for (const auto& [id, known] : concepts_) {
      if (fold(known.name) == fold(name)) return std::optional(known);
      for (const std::string& alias : known.aliases)
        if (fold(alias) == fold(name)) return std::optional(known);
    }
    return std::optional<Concept>();
  }

  Result<std::vector<Concept>> list(const Owner&, const ListOptions& options) const override {
    std::vector<Concept> sorted;
    for (const auto& [id, known] : concepts_) sorted.push_back(known);
    std::sort(sorted.begin(), sorted.end(),
              [](const Concept& a, const Concept& b) { return fold(a.name) < fold(b.name); });
    const auto after =
        std::find_if(sorted.begin(), sorted.end(), [&](const Concept& known) { return known.id == options.after_id; });
    if (after != sorted.end()) sorted.erase(sorted.begin(), after + 1);
    if (sorted.size() > options.limit) sorted.resize(options.limit);
    return sorted;
  }

  Result<Concept> patch(const Owner&, std::string_view id, const ConceptPatch& patch) override {
    last_patch = patch;
    Concept changed = concepts_.at(std::string(id));
    const Concept before = changed;
    if (patch.if_revision && *patch.if_revision != before.revision)
      return fail(ErrorCode::kConflict, "the concept has another revision", "if_revision");
    if (patch.name) changed.name = *patch.name;
    if (patch.aliases) changed.aliases = *patch.aliases;
    if (patch.category) changed.category = *patch.category;
    if (patch.info) changed.info = *patch.info;
    if (patch.consent) changed.consent = *patch.consent;
    for (const auto& [key, value] : patch.attributes) {
      if (value)
        changed.attributes[key] = *value;
      else
        changed.attributes.erase(key);
    }
    add_views(changed, patch.add_views);
    return step(HistoryEntry::Kind::kPatch, before, changed);
  }

  Result<std::vector<Concept>> patch_all(const Owner& owner, std::span<const ConceptChange> changes) override {
    std::vector<Concept> changed;
    for (const ConceptChange& change : changes) changed.push_back(*this->patch(owner, change.id, change.patch));
    return changed;
  }

  Result<void> forget(const Owner&, std::string_view id) override {
    const Concept before = concepts_.at(std::string(id));
    concepts_.erase(before.id);
    history_.push_back({++revision_, HistoryEntry::Kind::kForget, 0, before.id, before, std::nullopt});
    return {};
  }

  Result<std::vector<HistoryEntry>> history(const Owner&, std::string_view id, std::size_t limit) const override {
    std::vector<HistoryEntry> newest(history_.rbegin(), history_.rend());
    std::erase_if(newest, [&](const HistoryEntry& entry) { return !id.empty() && entry.concept_id != id; });
    if (newest.size() > limit) newest.resize(limit);
    return newest;
  }

  /// Takes back the last step only.
  Result<HistoryEntry> undo(const Owner&) override {
    if (history_.empty()) return fail(ErrorCode::kNotFound, "there is nothing to undo");
    const HistoryEntry last = history_.back();
    HistoryEntry undone{++revision_, HistoryEntry::Kind::kUndo, 0, last.concept_id, last.after, last.before};
    if (undone.after)
      concepts_[last.concept_id] = *undone.after;
    else
      concepts_.erase(last.concept_id);
    history_.push_back(undone);
    return undone;
  }

  Result<TransferReport> restore(const Owner& owner, std::span<const Concept> concepts, const PhotoSource& photos,
                                 Merge merge) override {
    TransferReport report;
    for (const Concept& known : concepts) {
      if (find(owner, known.name)->has_value()) {
        if (merge == Merge::kFail) return fail(ErrorCode::kConflict, "the name is taken", "concepts[0].name");
        ++report.skipped;
        continue;
      }
      for (const View& view : known.views) {
        photos_[view.photo] = *photos(view.photo);
        ++report.photos;
      }
      concepts_[known.id] = known;
      ++report.concepts;
    }
    ++revision_;
    return report;
  }

  Result<std::vector<TextHit>> search_text(const Owner&, std::string_view, std::size_t) const override {
    return std::vector<TextHit>();
  }
  Result<std::optional<Bytes>> photo(const Owner&, std::string_view sha256) const override {
    const auto at = photos_.find(std::string(sha256));
    return at == photos_.end() ? std::optional<Bytes>() : at->second;
  }
  Result<std::optional<Bytes>> derived(const Owner&, const DerivedKey&) const override {
    return std::optional<Bytes>();
  }
  Result<std::map<std::string, Bytes>> derived_all(const Owner&, std::string_view) const override {
    return std::map<std::string, Bytes>();
  }
  Result<void> keep_derived(const Owner&, const DerivedKey&, std::span<const std::byte>) override { return {}; }
  Result<void> drop_derived(const Owner&, std::string_view) override { return {}; }
  Result<std::optional<std::string>> setting(const Owner&, std::string_view) const override {
    return std::optional<std::string>();
  }
  Result<void> set_setting(const Owner&, std::string_view, std::string_view) override { return {}; }
  Result<void> erase(const Owner&) override { return {}; }

  std::optional<ConceptPatch> last_patch;

 private:
  void add_views(Concept& changed, std::span<const NewView> views) {
    for (const NewView& added : views) {
      View view;
      view.id = "view" + std::to_string(++last_id_);
      view.photo = sha256_hex(added.photo);
      view.box = added.box;
      view.provenance = added.provenance;
      view.shows = added.shows;
      photos_[view.photo] = Bytes(added.photo.begin(), added.photo.end());
      changed.views.push_back(view);
    }
  }

  Concept step(HistoryEntry::Kind kind, std::optional<Concept> before, Concept after) {
    after.revision = ++revision_;
    concepts_[after.id] = after;
    history_.push_back({revision_, kind, 0, after.id, std::move(before), after});
    return after;
  }

  std::map<std::string, Concept> concepts_;
  std::map<std::string, Bytes> photos_;
  std::vector<HistoryEntry> history_;
  std::uint64_t revision_ = 0;
  int last_id_ = 0;
};

/// Answers with what a test prepared. The memory is shared, so that it outlives one command.
class FakeAssistant : public Assistant {
 public:
  /// What the assistants of one test have in common.
  struct Script {
    FakeMemory memory;
    Recognition recognition;
    FaceStatus faces;
    std::vector<std::string> pieces{"Hello ", "you"};
    std::optional<Error> failure;           ///< of recognize() and ask()
    std::function<void()> while_answering;  ///< called before each piece
    std::vector<AskRequest> requests;       ///< turns and options of each ask(); photos do not outlive it
    std::vector<Bytes> photos;              ///< of each ask() and recognize()
  };

  explicit FakeAssistant(Script& script) : script_(script) {}

  Result<Concept> remember(const Owner& owner, const ConceptDraft& draft, std::span<const NewView> views) override {
    return script_.memory.put(owner, draft, views);
  }
  Result<Concept> edit(const Owner& owner, std::string_view id, const ConceptPatch& patch) override {
    return script_.memory.patch(owner, id, patch);
  }

  /// Stores a learnt view for every concept, as the real one does.
  Result<std::vector<Taught>> feedback(const Owner& owner, const Feedback& feedback) override {
    if (auto bad = damage(feedback.photo)) return Unexpected{*bad};
    if (script_.failure) return Unexpected{*script_.failure};
    std::vector<Taught> taught;
    for (const auto* ids : {&feedback.is_not, &feedback.is}) {
      for (const std::string& id : *ids) {
        ConceptPatch patch;
        patch.add_views = {{feedback.photo, feedback.box, Provenance::kLearnt, ids == &feedback.is}};
        const Concept changed = *script_.memory.patch(owner, id, patch);
        taught.push_back({changed, changed.views.back(), true});
      }
    }
    return taught;
  }

  Result<Recognition> recognize(const Owner&, std::span<const std::byte> photo,
                                const RecognizeOptions& options) override {
    script_.photos.emplace_back(photo.begin(), photo.end());
    if (auto bad = damage(photo)) return Unexpected{*bad};
    if (script_.failure) return Unexpected{*script_.failure};
    Recognition found = script_.recognition;
    std::erase_if(found.matches, [&](const Match& match) { return match.probability < options.threshold; });
    return found;
  }

  Result<std::vector<float>> embed(std::span<const std::byte> photo) override {
    if (auto bad = damage(photo)) return Unexpected{*bad};
    return std::vector<float>{0.6F, 0.8F};
  }

  EmbeddingModel photo_embeddings() const override { return {"photos", {"fake", 2}}; }

  Result<TextEmbedding> embed_text(std::string_view) override {
    return fail(ErrorCode::kUnsupported, "this assistant has no text encoder");
  }

  Result<EmbeddingModel> text_embeddings() override {
    return fail(ErrorCode::kUnsupported, "this assistant has no text encoder");
  }

  Result<Answer> ask(const Owner&, const AskRequest& request, const OnText& on_text) override {
    script_.requests.push_back(request);
    const std::span<const std::byte> photo = request.photos.empty() ? Bytes() : request.photos.front();
    script_.photos.emplace_back(photo.begin(), photo.end());
    if (auto bad = damage(photo)) return Unexpected{*bad};
    if (script_.failure) return Unexpected{*script_.failure};
    Answer answer;
    answer.recognitions = {script_.recognition};
    for (const Match& match : script_.recognition.matches) {
      answer.concept_ids.push_back(match.concept_id);
      answer.names.push_back(match.name);
    }
    for (const std::string& piece : script_.pieces) {
      if (script_.while_answering) script_.while_answering();
      answer.text += piece;
      if (on_text && !on_text(piece)) {
        answer.finish = FinishReason::kCancelled;
        break;
      }
    }
    answer.timings.total = std::chrono::milliseconds(1500);
    return answer;
  }

  Result<FaceStatus> face_status(const Owner&) override {
    if (script_.failure) return Unexpected{*script_.failure};
    return script_.faces;
  }
  Result<FaceStatus> use_faces(const Owner& owner, bool on) override {
    script_.faces.on = on;
    return face_status(owner);
  }

  Memory& memory() noexcept override { return script_.memory; }

 private:
  static std::optional<Error> damage(std::span<const std::byte> photo) {
    const std::string_view text(reinterpret_cast<const char*>(photo.data()), photo.size());
    if (text.find("damaged") == std::string_view::npos) return std::nullopt;
    return Error{ErrorCode::kCorrupt, "the photo is damaged", "photo"};
  }

  Script& script_;
};

}  // namespace rap::testing
