// SPDX-License-Identifier: Apache-2.0
#include "memory/concept_json.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace rap {
namespace {

using nlohmann::json;

/// A JSON value that does not have the form of a concept; caught in concept_from_json().
struct WrongForm {
  const char* what;
};

/// Stored words of an enumeration.
template <class Enum, std::size_t size>
using Words = std::array<std::pair<Enum, const char*>, size>;

constexpr Words<Provenance, 2> kProvenanceWords{
    {{Provenance::kConfirmed, "confirmed"}, {Provenance::kLearnt, "learnt"}}};
constexpr Words<Consent, 3> kConsentWords{
    {{Consent::kNotAsked, "not_asked"}, {Consent::kGiven, "given"}, {Consent::kRefused, "refused"}}};

template <class Enum, std::size_t size>
const char* word_of(Enum value, const Words<Enum, size>& words) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  return words[0].second;
}

const json& member(const json& object, const char* name) {
  if (!object.is_object()) throw WrongForm{name};
  const auto found = object.find(name);
  if (found == object.end()) throw WrongForm{name};
  return *found;
}

std::string string_member(const json& object, const char* name) {
  const json& value = member(object, name);
  if (!value.is_string()) throw WrongForm{name};
  return value.get<std::string>();
}

std::int64_t integer_member(const json& object, const char* name) {
  const json& value = member(object, name);
  if (!value.is_number_integer()) throw WrongForm{name};
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    throw WrongForm{name};
  }
  return value.get<std::int64_t>();
}

float float_member(const json& object, const char* name) {
  const json& value = member(object, name);
  if (!value.is_number()) throw WrongForm{name};
  return value.get<float>();
}

bool bool_member(const json& object, const char* name) {
  const json& value = member(object, name);
  if (!value.is_boolean()) throw WrongForm{name};
  return value.get<bool>();
}

const json& list_member(const json& object, const char* name) {
  const json& value = member(object, name);
  if (!value.is_array()) throw WrongForm{name};
  return value;
}

template <class Enum, std::size_t size>
Enum word_member(const json& object, const char* name, const Words<Enum, size>& words) {
  const std::string stored = string_member(object, name);
  for (const auto& [candidate, word] : words) {
    if (stored == word) return candidate;
  }
  throw WrongForm{name};
}

json view_to_json(const View& view) {
  json object = {{"id", view.id},
                 {"photo", view.photo},
                 {"provenance", word_of(view.provenance, kProvenanceWords)},
                 {"added", view.added}};
  if (view.box) {
    object["box"] = {{"x", view.box->x}, {"y", view.box->y}, {"width", view.box->width}, {"height", view.box->height}};
  }
  if (!view.shows) object["shows"] = false;  // left out otherwise, as in what older versions wrote
  return object;
}

View view_from_json(const json& object) {
  View view;
  view.id = string_member(object, "id");
  view.photo = string_member(object, "photo");
  view.provenance = word_member(object, "provenance", kProvenanceWords);
  view.added = integer_member(object, "added");
  if (object.contains("box")) {
    const json& box = member(object, "box");
    view.box =
        Box{float_member(box, "x"), float_member(box, "y"), float_member(box, "width"), float_member(box, "height")};
  }
  if (object.contains("shows")) view.shows = bool_member(object, "shows");
  return view;
}

Concept read_concept(const json& object) {
  Concept subject;
  subject.id = string_member(object, "id");
  subject.name = string_member(object, "name");
  for (const json& alias : list_member(object, "aliases")) {
    if (!alias.is_string()) throw WrongForm{"aliases"};
    subject.aliases.push_back(alias.get<std::string>());
  }
  subject.category = string_member(object, "category");
  subject.info = string_member(object, "info");
  const json& attributes = member(object, "attributes");
  if (!attributes.is_object()) throw WrongForm{"attributes"};
  for (const auto& [key, value] : attributes.items()) {
    if (!value.is_string()) throw WrongForm{"attributes"};
    subject.attributes[key] = value.get<std::string>();
  }
  for (const json& view : list_member(object, "views")) subject.views.push_back(view_from_json(view));
  subject.consent = word_member(object, "consent", kConsentWords);
  subject.created = integer_member(object, "created");
  subject.updated = integer_member(object, "updated");
  const std::int64_t revision = integer_member(object, "revision");
  if (revision < 0) throw WrongForm{"revision"};
  subject.revision = static_cast<std::uint64_t>(revision);
  return subject;
}

}  // namespace

json concept_to_json(const Concept& subject) {
  json views = json::array();
  for (const View& view : subject.views) views.push_back(view_to_json(view));
  return {{"id", subject.id},
          {"name", subject.name},
          {"aliases", subject.aliases},
          {"category", subject.category},
          {"info", subject.info},
          {"attributes", subject.attributes},
          {"views", std::move(views)},
          {"consent", word_of(subject.consent, kConsentWords)},
          {"created", subject.created},
          {"updated", subject.updated},
          {"revision", subject.revision}};
}

Result<Concept> concept_from_json(const json& object) {
  try {
    return read_concept(object);
  } catch (const WrongForm& wrong) {
    return fail(ErrorCode::kCorrupt, std::string("a stored concept has no valid '") + wrong.what + "'", wrong.what);
  }
}

std::string concept_to_text(const Concept& subject) { return concept_to_json(subject).dump(); }

Result<Concept> concept_from_text(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (object.is_discarded()) return fail(ErrorCode::kCorrupt, "a stored concept is not valid JSON");
  return concept_from_json(object);
}

}  // namespace rap
