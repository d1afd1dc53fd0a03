// SPDX-License-Identifier: Apache-2.0
// Concepts as our own API reads and writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "rap/memory.h"
#include "server/call.h"
#include "server/form.h"
#include "server/object_reader.h"

namespace rap::server {

/// A concept with its views: concept_json() with "avatar" (the id of a view, or null) and "views".
[[nodiscard]] Json full_concept_json(const Concept& subject);

/// Answers with a concept and its revision as ETag.
void reply_concept(Call& call, const Concept& subject, int status = 200);

/// A concept of the caller. kNotFound if there is none with this id.
[[nodiscard]] Result<Concept> find_concept(const Memory& memory, const Owner& owner, const std::string& id);

/// Reads name, aliases, category, info, attributes and consent.
[[nodiscard]] ConceptPatch read_patch(ObjectReader& reader);

/// What a patch says, in a draft.
void fill_in(ConceptPatch patch, ConceptDraft& draft);

/// Photos that become views, with what they point into.
struct ReadViews {
  std::vector<Bytes> photos;
  std::vector<NewView> views;
};

/// Reads "views" of JSON, or photos and boxes ("box", one a photo) of a form.
[[nodiscard]] Result<ReadViews> read_views(const Services& services, Form form);

}  // namespace rap::server
