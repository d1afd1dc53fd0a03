// SPDX-License-Identifier: Apache-2.0
#include "memory/validate.h"

#include <algorithm>
#include <set>

#include "core/check_text.h"
#include "core/hash.h"
#include "core/text.h"
#include "image/photo.h"

namespace rap {
namespace {

constexpr std::size_t kOwnerCharacters = 200;
constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kSha256Digits = 64;

/// Photos are decoded to this size when only their soundness matters: every byte of a file is
/// read all the same, but fewer pixels are made.
constexpr int kCheckSide = 64;

Result<void> check_name(std::string_view name, std::size_t limit, const std::string& field) {
  if (auto checked = check_text(name, limit, Breaks::kForbidden, field); !checked) return checked;
  if (fold(name).empty()) return fail(ErrorCode::kInvalidArgument, field + " is empty", field);
  return {};
}

Result<void> check_attributes(const std::map<std::string, std::string>& attributes) {
  const std::string field = "attributes";
  if (attributes.size() > Limits::kAttributes) {
    return too_many(attributes.size(), Limits::kAttributes, "entries", field);
  }
  for (const auto& [key, value] : attributes) {
    if (auto checked = check_name(key, Limits::kAttributeKeyCharacters, field); !checked) return checked;
    auto checked = check_text(value, Limits::kAttributeValueCharacters, Breaks::kAllowed, field);
    if (!checked) return checked;
  }
  return {};
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// What holds of a stored view and of a new one: a counter-example is what feedback said.
template <class AnyView>
Result<void> check_kind(const AnyView& view) {
  if (view.shows || view.provenance == Provenance::kLearnt) return {};
  return fail(ErrorCode::kInvalidArgument, "a counter-example cannot be a confirmed view", "provenance");
}

template <class AnyView>
Result<void> check_counts(std::span<const AnyView> views, const std::string& field) {
  const auto learnt = static_cast<std::size_t>(std::ranges::count(views, Provenance::kLearnt, &AnyView::provenance));
  const std::size_t confirmed = views.size() - learnt;
  if (confirmed > Limits::kViews) return too_many(confirmed, Limits::kViews, "views", field);
  if (learnt > Limits::kLearntViews) return too_many(learnt, Limits::kLearntViews, "learnt views", field);
  return {};
}

Result<void> check_view(const View& view) {
  if (!is_hex(view.id, kIdDigits)) return fail(ErrorCode::kInvalidArgument, "the id is not 32 hex digits", "id");
  if (!is_hex(view.photo, kSha256Digits)) {
    return fail(ErrorCode::kInvalidArgument, "the photo's sha256 is not 64 hex digits", "photo");
  }
  if (auto checked = check_kind(view); !checked) return checked;
  if (view.added < 0) return fail(ErrorCode::kInvalidArgument, "the time is before 1970", "added");
  if (view.box) return check_box(*view.box);
  return {};
}

}  // namespace

std::string element(const std::string& field, std::size_t index) { return field + "[" + std::to_string(index) + "]"; }

Unexpected inside(const std::string& prefix, const Error& error) {
  return fail(error.code, error.message, error.field.empty() ? prefix : prefix + "." + error.field);
}

Result<void> check_owner(const Owner& owner) {
  if (owner.id.empty()) return fail(ErrorCode::kInvalidArgument, "the owner's id is empty", "owner");
  return check_text(owner.id, kOwnerCharacters, Breaks::kForbidden, "owner");
}

Result<void> check_draft(const ConceptDraft& draft) {
  if (auto checked = check_name(draft.name, Limits::kNameCharacters, "name"); !checked) return checked;
  if (draft.aliases.size() > Limits::kAliases) {
    return too_many(draft.aliases.size(), Limits::kAliases, "entries", "aliases");
  }
  for (std::size_t i = 0; i < draft.aliases.size(); ++i) {
    auto checked = check_name(draft.aliases[i], Limits::kNameCharacters, element("aliases", i));
    if (!checked) return checked;
  }
  auto checked = check_text(draft.category, Limits::kCategoryCharacters, Breaks::kForbidden, "category");
  if (!checked) return checked;
  checked = check_text(draft.info, Limits::kInfoCharacters, Breaks::kAllowed, "info");
  if (!checked) return checked;
  return check_attributes(draft.attributes);
}

Result<void> check_concept(const Concept& subject) {
  if (!is_hex(subject.id, kIdDigits)) return fail(ErrorCode::kInvalidArgument, "the id is not 32 hex digits", "id");
  if (subject.created < 0 || subject.updated < subject.created) {
    return fail(ErrorCode::kInvalidArgument, "the times are not in order", "updated");
  }
  if (auto checked = check_draft(draft_of(subject)); !checked) return checked;
  if (auto checked = check_view_count(subject.views, "views"); !checked) return checked;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < subject.views.size(); ++i) {
    const std::string field = element("views", i);
    if (auto checked = check_view(subject.views[i]); !checked) return inside(field, checked.error());
    if (!ids.insert(subject.views[i].id).second) {
      return fail(ErrorCode::kInvalidArgument, "two views have the same id", field + ".id");
    }
  }
  return {};
}

ConceptDraft draft_of(const Concept& subject) {
  return {subject.name, subject.aliases, subject.category, subject.info, subject.attributes, subject.consent};
}

void apply_draft(const ConceptDraft& draft, Concept& subject) {
  subject.name = draft.name;
  subject.aliases = draft.aliases;
  subject.category = draft.category;
  subject.info = draft.info;
  subject.attributes = draft.attributes;
  subject.consent = draft.consent;
}

ConceptDraft patched(ConceptDraft draft, const ConceptPatch& patch) {
  if (patch.name) draft.name = *patch.name;
  if (patch.aliases) draft.aliases = *patch.aliases;
  if (patch.category) draft.category = *patch.category;
  if (patch.info) draft.info = *patch.info;
  if (patch.consent) draft.consent = *patch.consent;
  for (const auto& [key, value] : patch.attributes) {
    if (value) {
      draft.attributes[key] = *value;
    } else {
      draft.attributes.erase(key);
    }
  }
  return draft;
}

Result<void> check_photo(std::span<const std::byte> file) {
  auto decoded = decode_photo(file, kCheckSide);
  if (!decoded) return Unexpected{decoded.error()};
  return {};
}

Result<std::vector<CheckedPhoto>> check_views(std::span<const NewView> views, const std::string& field) {
  if (auto checked = check_counts(views, field); !checked) return Unexpected{checked.error()};
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (auto checked = check_kind(views[i]); !checked) return inside(element(field, i), checked.error());
    if (!views[i].box) continue;
    if (auto checked = check_box(*views[i].box); !checked) return inside(element(field, i), checked.error());
  }
  std::vector<CheckedPhoto> photos;
  std::set<std::string> readable;
  for (std::size_t i = 0; i < views.size(); ++i) {
    photos.push_back({sha256_hex(views[i].photo), views[i].photo});
    if (!readable.insert(photos.back().sha256).second) continue;
    if (auto checked = check_photo(views[i].photo); !checked) return inside(element(field, i), checked.error());
  }
  return photos;
}

Result<void> check_view_count(std::span<const View> views, const std::string& field) {
  return check_counts(views, field);
}

}  // namespace rap
