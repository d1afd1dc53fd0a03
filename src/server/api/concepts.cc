// SPDX-License-Identifier: Apache-2.0
// Concepts and their views: create, read, list, search, patch, forget, pictures.
#include <algorithm>
#include <charconv>
#include <utility>

#include "core/text.h"
#include "image/photo.h"
#include "server/api/concept_values.h"
#include "server/api/routes.h"

namespace rap::server {
namespace {

constexpr char kPrecondition[] = "If-Match";

const std::string& parameter(const Call& call, const char* name) { return call.request.path_params.at(name); }

Json page_json(const std::vector<Concept>& concepts, const Json& next, std::uint64_t revision) {
  Json list = Json::array();
  for (const Concept& one : concepts) list.push_back(full_concept_json(one));
  return {{"concepts", std::move(list)}, {"next", next}, {"revision", revision}};
}

bool has_in_name(const Concept& subject, const std::string& folded) {
  const auto holds = [&](const std::string& name) { return fold(name).find(folded) != std::string::npos; };
  return holds(subject.name) || std::ranges::any_of(subject.aliases, holds);
}

/// Those whose name or alias holds the text, by name; then those whose words fit it, best first.
Result<std::vector<Concept>> search(const Memory& memory, const Owner& owner, const std::string& text,
                                    std::size_t limit) {
  constexpr std::size_t kPage = 500;
  const std::string folded = fold(text);
  std::vector<Concept> found;
  ListOptions page{.after_id = {}, .limit = kPage};
  while (found.size() < limit) {
    auto concepts = memory.list(owner, page);
    if (!concepts) return Unexpected{concepts.error()};
    for (Concept& one : *concepts) {
      page.after_id = one.id;
      if (found.size() < limit && has_in_name(one, folded)) found.push_back(std::move(one));
    }
    if (concepts->size() < kPage) break;
  }
  const auto hits = memory.search_text(owner, text, limit);
  if (!hits) return Unexpected{hits.error()};
  for (const TextHit& hit : *hits) {
    const bool is_new = std::ranges::none_of(found, [&](const Concept& one) { return one.id == hit.concept_id; });
    if (!is_new || found.size() == limit) continue;
    auto one = memory.get(owner, hit.concept_id);
    if (!one) return Unexpected{one.error()};
    if (*one) found.push_back(std::move(**one));
  }
  return found;
}

Result<void> list(const Services& services, Call& call) {
  constexpr std::size_t kUsual = 50;
  constexpr std::size_t kMost = 500;
  const auto limit = read_parameter(call, "limit", kUsual, 1, kMost);
  if (!limit) return Unexpected{limit.error()};
  const Owner& owner = call.caller.owner;
  const auto revision = services.memory().revision(owner);
  if (!revision) return Unexpected{revision.error()};
  if (const std::string text = call.request.get_param_value("search"); !text.empty()) {
    if (!count_characters(text)) return fail(ErrorCode::kInvalidArgument, "'search' is not valid UTF-8", "search");
    const auto found = search(services.memory(), owner, text, *limit);
    if (!found) return Unexpected{found.error()};
    call.reply(page_json(*found, nullptr, *revision));
    return {};
  }
  auto concepts =
      services.memory().list(owner, {.after_id = call.request.get_param_value("after"), .limit = *limit + 1});
  if (!concepts) {
    Error error = std::move(concepts).error();
    if (error.field == "after_id") error.field = "after";
    return Unexpected{std::move(error)};
  }
  Json next = nullptr;
  if (concepts->size() > *limit) {
    concepts->pop_back();
    next = concepts->back().id;
  }
  call.reply(page_json(*concepts, next, *revision));
  return {};
}

Result<void> create(const Services& services, Call& call) {
  auto form = read_form(services, call);
  if (!form) return Unexpected{form.error()};
  ObjectReader reader(form->members);
  ConceptPatch said = read_patch(reader);
  if (!said.name) reader.fail("name", "is missing");
  reader.allow_only({"name", "aliases", "category", "info", "attributes", "consent", "views", "photo", "box"});
  if (auto read = reader.result(); !read) return read;
  ConceptDraft draft;
  fill_in(std::move(said), draft);
  const auto views = read_views(services, std::move(*form));
  if (!views) return Unexpected{views.error()};
  const auto made = services.assistant().remember(call.caller.owner, draft, views->views);
  if (!made) return Unexpected{made.error()};
  call.response.set_header("Location", "/rap/v1/concepts/" + made->id);
  reply_concept(call, *made, 201);
  return {};
}

Result<void> show(const Services& services, Call& call) {
  const auto found = find_concept(services.memory(), call.caller.owner, parameter(call, "id"));
  if (!found) return Unexpected{found.error()};
  reply_concept(call, *found);
  return {};
}

/// The revision of an If-Match header, if there is one.
Result<std::optional<std::uint64_t>> wanted_revision(Call& call) {
  std::string text = call.request.get_header_value(kPrecondition);
  if (!call.request.has_header(kPrecondition) || text == "*") return std::optional<std::uint64_t>();
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::uint64_t revision = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (error == std::errc() && stop == text.data() + text.size()) return std::optional(revision);
  return call.refuse(412, ErrorCode::kConflict, "If-Match does not name a revision", kPrecondition);
}

/// Changes a concept; what the caller did not expect is 412 where it was said with If-Match.
Result<void> change(const Services& services, Call& call, ConceptPatch patch, int status = 200) {
  const auto revision = wanted_revision(call);
  if (!revision) return Unexpected{revision.error()};
  patch.if_revision = *revision;
  const auto changed = services.assistant().edit(call.caller.owner, parameter(call, "id"), patch);
  if (changed) {
    reply_concept(call, *changed, status);
    return {};
  }
  if (changed.error().code == ErrorCode::kConflict && changed.error().field == "if_revision") {
    return call.refuse(412, ErrorCode::kConflict, "the concept has changed meanwhile; read it again", kPrecondition);
  }
  return Unexpected{changed.error()};
}

Result<void> edit(const Services& services, Call& call) {
  const auto form = read_form(services, call);
  if (!form) return Unexpected{form.error()};
  ObjectReader reader(form->members);
  ConceptPatch patch = read_patch(reader);
  reader.allow_only({"name", "aliases", "category", "info", "attributes", "consent"});
  if (auto read = reader.result(); !read) return read;
  return change(services, call, std::move(patch));
}

Result<void> forget(const Services& services, Call& call) {
  const Owner& owner = call.caller.owner;
  const std::string& id = parameter(call, "id");
  const auto revision = wanted_revision(call);
  if (!revision) return Unexpected{revision.error()};
  const auto found = find_concept(services.memory(), owner, id);
  if (!found) return Unexpected{found.error()};
  if (*revision && **revision != found->revision) {
    return call.refuse(412, ErrorCode::kConflict, "the concept has changed meanwhile; read it again", kPrecondition);
  }
  if (auto forgotten = services.memory().forget(owner, id); !forgotten) return forgotten;
  call.response.status = 204;
  return {};
}

Result<void> add_view(const Services& services, Call& call) {
  auto form = read_form(services, call);
  if (!form) return Unexpected{form.error()};
  ObjectReader reader(form->members);
  reader.allow_only({"photo", "box"});
  if (auto read = reader.result(); !read) return read;
  const auto views = read_views(services, std::move(*form));
  if (!views) return Unexpected{views.error()};
  if (views->views.empty()) return fail(ErrorCode::kInvalidArgument, "'photo' is missing", "photo");
  ConceptPatch patch;
  patch.add_views = views->views;
  return change(services, call, std::move(patch), 201);
}

Result<void> remove_view(const Services& services, Call& call) {
  ConceptPatch patch;
  patch.remove_views = {parameter(call, "view")};
  return change(services, call, std::move(patch));
}

/// The part of a photo that a view shows, at most `side` pixels wide and high.
Result<Bytes> picture_of(std::span<const std::byte> photo, const View& view, int side) {
  auto image = decode_photo(photo);
  if (!image) return Unexpected{image.error()};
  if (view.box) *image = crop(*image, *view.box);
  const int longest = std::max(image->width, image->height);
  if (longest > side) {
    const auto scaled = [&](int length) { return std::max(1, length * side / longest); };
    *image = resize(*image, scaled(image->width), scaled(image->height));
  }
  return encode_jpeg(*image);
}

Result<void> show_picture(const Services& services, Call& call) {
  constexpr std::size_t kUsual = 512;
  constexpr std::size_t kLeast = 16;
  constexpr std::size_t kMost = 2048;
  const auto side = read_parameter(call, "side", kUsual, kLeast, kMost);
  if (!side) return Unexpected{side.error()};
  const auto found = find_concept(services.memory(), call.caller.owner, parameter(call, "id"));
  if (!found) return Unexpected{found.error()};
  const auto view = std::ranges::find(found->views, parameter(call, "view"), &View::id);
  if (view == found->views.end()) return fail(ErrorCode::kNotFound, "there is no view with this id", "view");
  const auto photo = services.memory().photo(call.caller.owner, view->photo);
  if (!photo) return Unexpected{photo.error()};
  if (!*photo) return fail(ErrorCode::kCorrupt, "the memory has lost a photo of a stored view");
  const auto picture = picture_of(**photo, *view, static_cast<int>(*side));
  if (!picture) return Unexpected{picture.error()};
  // A view never changes.
  call.response.set_header("Cache-Control", "private, max-age=31536000, immutable");
  call.response.set_content(reinterpret_cast<const char*>(picture->data()), picture->size(), "image/jpeg");
  return {};
}

}  // namespace

void add_concepts(Router& router, const Services& services) {
  const auto add = [&](const char* method, const char* path, Scope scope,
                       Result<void> (*handler)(const Services&, Call&)) {
    router.add({.method = method, .path = path, .scope = scope, .handler = [&services, handler](Call& call) {
                  return handler(services, call);
                }});
  };
  add("GET", "/rap/v1/concepts", Scope::kRead, list);
  add("POST", "/rap/v1/concepts", Scope::kWrite, create);
  add("GET", "/rap/v1/concepts/:id", Scope::kRead, show);
  add("PATCH", "/rap/v1/concepts/:id", Scope::kWrite, edit);
  add("DELETE", "/rap/v1/concepts/:id", Scope::kWrite, forget);
  add("POST", "/rap/v1/concepts/:id/views", Scope::kWrite, add_view);
  add("DELETE", "/rap/v1/concepts/:id/views/:view", Scope::kWrite, remove_view);
  add("GET", "/rap/v1/concepts/:id/views/:view/picture", Scope::kRead, show_picture);
}

}  // namespace rap::server
