// SPDX-License-Identifier: Apache-2.0
#include "server/api/concept_values.h"

#include <utility>

#include "core/iso_time.h"

namespace rap::server {
namespace {

Json view_json(const View& view) {
  Json part = nullptr;
  if (view.box) part = {view.box->x, view.box->y, view.box->width, view.box->height};
  return {{"id", view.id},
          {"part", std::move(part)},
          {"provenance", to_word(view.provenance)},
          {"shows", view.shows},
          {"added", to_iso_time(view.added)}};
}

std::optional<Consent> consent_of(const std::string& word) {
  for (const Consent consent : {Consent::kNotAsked, Consent::kGiven, Consent::kRefused}) {
    if (word == to_word(consent)) return consent;
  }
  return std::nullopt;
}

/// {"key": "value" | null}, or, in a form, "key=value".
void read_attributes(ObjectReader& reader, ConceptPatch& patch) {
  const Json* member = reader.find("attributes");
  if (member == nullptr) return;
  if (member->is_object()) {
    for (const auto& [key, value] : member->items()) {
      if (!value.is_string() && !value.is_null()) return reader.fail("attributes." + key, "must be a text or null");
      patch.attributes[key] = value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
    }
    return;
  }
  for (const std::string& pair : reader.texts("attributes")) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) return reader.fail("attributes", "must be an object, or fields \"key=value\"");
    patch.attributes[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
}

/// Adds a photo, and the view that it makes.
Result<void> add_view(ReadViews& read, Bytes photo, const Json* box, const std::string& field) {
  NewView view;
  if (box != nullptr && !box->is_null() && *box != "") {
    const auto part = read_box(*box, photo, field);
    if (!part) return Unexpected{part.error()};
    view.box = *part;
  }
  read.photos.push_back(std::move(photo));
  read.views.push_back(view);
  return {};
}

Result<void> add_listed_views(const Services& services, const Json& list, ReadViews& read) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string at = "views[" + std::to_string(i) + "]";
    if (!list[i].is_object()) return fail(ErrorCode::kInvalidArgument, "'" + at + "' must be an object", at);
    ObjectReader reader(list[i], at + ".");
    const auto text = reader.text("photo");
    if (!text) reader.fail("photo", "is missing");
    reader.allow_only({"photo", "box"});
    if (auto checked = reader.result(); !checked) return checked;
    auto photo = services.photos.read(*text);
    if (!photo) return Unexpected{photo.error()};
    if (auto added = add_view(read, std::move(*photo), reader.find("box"), at + ".box"); !added) return added;
  }
  return {};
}

}  // namespace

Json full_concept_json(const Concept& subject) {
  Json json = concept_json(subject);
  const View* picture = avatar(subject);
  json["avatar"] = picture == nullptr ? Json(nullptr) : Json(picture->id);
  json["views"] = Json::array();
  for (const View& view : subject.views) json["views"].push_back(view_json(view));
  return json;
}

void reply_concept(Call& call, const Concept& subject, int status) {
  call.response.set_header("ETag", "\"" + std::to_string(subject.revision) + "\"");
  call.reply(full_concept_json(subject), status);
}

Result<Concept> find_concept(const Memory& memory, const Owner& owner, const std::string& id) {
  auto found = memory.get(owner, id);
  if (!found) return Unexpected{found.error()};
  if (!*found) return fail(ErrorCode::kNotFound, "there is no concept with this id", "id");
  return std::move(**found);
}

ConceptPatch read_patch(ObjectReader& reader) {
  ConceptPatch patch;
  patch.name = reader.text("name");
  if (reader.find("aliases") != nullptr) patch.aliases = reader.texts("aliases");
  patch.category = reader.text("category");
  patch.info = reader.text("info");
  read_attributes(reader, patch);
  if (const auto word = reader.text("consent")) {
    patch.consent = consent_of(*word);
    if (!patch.consent) reader.fail("consent", R"(must be "not-asked", "given" or "refused")");
  }
  return patch;
}

void fill_in(ConceptPatch patch, ConceptDraft& draft) {
  if (patch.name) draft.name = std::move(*patch.name);
  if (patch.aliases) draft.aliases = std::move(*patch.aliases);
  if (patch.category) draft.category = std::move(*patch.category);
  if (patch.info) draft.info = std::move(*patch.info);
  if (patch.consent) draft.consent = *patch.consent;
  for (auto& [key, value] : patch.attributes) {
    if (value) draft.attributes[key] = std::move(*value);
  }
}

Result<ReadViews> read_views(const Services& services, Form form) {
  ReadViews read;
  ObjectReader reader(form.members);
  const Json* list = reader.list("views");
  if (const auto checked = reader.result(); !checked) return Unexpected{checked.error()};
  if (list != nullptr) {
    if (auto added = add_listed_views(services, *list, read); !added) return Unexpected{added.error()};
  }
  const Json* boxes = reader.find("box");
  const bool one_each = boxes != nullptr && boxes->is_array() && !boxes->empty() && !boxes->front().is_number();
  const std::size_t box_count = boxes == nullptr ? 0 : one_each ? boxes->size() : 1;
  if (box_count > form.photos.size()) {
    return fail(ErrorCode::kInvalidArgument, "there is no photo that 'box' is about", "box");
  }
  for (std::size_t i = 0; i < form.photos.size(); ++i) {
    const Json* box = one_each ? (i < boxes->size() ? &(*boxes)[i] : nullptr) : i == 0 ? boxes : nullptr;
    if (auto added = add_view(read, std::move(form.photos[i]), box, "box"); !added) return Unexpected{added.error()};
  }
  for (std::size_t i = 0; i < read.views.size(); ++i) read.views[i].photo = read.photos[i];
  return read;
}

}  // namespace rap::server
