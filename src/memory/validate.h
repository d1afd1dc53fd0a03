// SPDX-License-Identifier: Apache-2.0
// The rules that stored input has to keep, whatever stores it. Errors name the field and, where
// there is one, the limit; they never repeat the input. Pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rap/memory.h"

namespace rap {

/// kInvalidArgument unless the owner's id is 1 to 200 characters of valid UTF-8.
[[nodiscard]] Result<void> check_owner(const Owner& owner);

/// Checks every text of a draft: lengths (Limits), valid UTF-8, no control characters (line
/// breaks and tabs are fine in info and attribute values), names not empty after folding.
[[nodiscard]] Result<void> check_draft(const ConceptDraft& draft);

/// Checks a concept that was made elsewhere: check_draft() and its ids, times, views and boxes.
[[nodiscard]] Result<void> check_concept(const Concept& subject);

/// What a user said about a concept; and a concept with that said about it.
[[nodiscard]] ConceptDraft draft_of(const Concept& subject);
void apply_draft(const ConceptDraft& draft, Concept& subject);

/// The draft after a patch, views aside.
[[nodiscard]] ConceptDraft patched(ConceptDraft draft, const ConceptPatch& patch);

/// A photo to be stored, and its name.
struct CheckedPhoto {
  std::string sha256;
  std::span<const std::byte> file;  ///< borrowed from the NewView
};

/// Checks boxes and decodes each photo (equal photos once); photos in the order of the views.
/// `field` is the name of the list, for errors like "views[1].photo".
[[nodiscard]] Result<std::vector<CheckedPhoto>> check_views(std::span<const NewView> views, const std::string& field);

/// Checks that a photo file can be read.
[[nodiscard]] Result<void> check_photo(std::span<const std::byte> file);

/// kTooLarge with the limit, for more confirmed views than Limits::kViews or more learnt ones than
/// Limits::kLearntViews.
[[nodiscard]] Result<void> check_view_count(std::span<const View> views, const std::string& field);

/// The same error, one level further out: its field becomes "prefix.field", or "prefix".
[[nodiscard]] Unexpected inside(const std::string& prefix, const Error& error);

/// "field[index]".
[[nodiscard]] std::string element(const std::string& field, std::size_t index);

}  // namespace rap
