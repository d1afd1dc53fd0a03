// SPDX-License-Identifier: Apache-2.0
// What a photo shows, and what the user says about that.
#include <algorithm>
#include <utility>

#include "server/api/concept_values.h"
#include "server/api/routes.h"
#include "server/owner_settings.h"

namespace rap::server {
namespace {

/// A number of JSON, or of a form, where it is text.
std::optional<double> read_share(ObjectReader& reader, const Json& members, const char* name) {
  const auto member = members.find(name);
  if (member == members.end() || !member->is_string()) return reader.number(name, 0.0, 1.0);
  const Json parsed = Json::parse(member->get<std::string>(), nullptr, /*allow_exceptions=*/false);
  const double value = parsed.is_number() ? parsed.get<double>() : -1.0;
  if (value >= 0.0 && value <= 1.0) return value;
  reader.fail(name, "must be a number from 0 to 1");
  return std::nullopt;
}

std::optional<bool> read_flag(ObjectReader& reader, const Json& members, const char* name) {
  const auto member = members.find(name);
  if (member == members.end() || !member->is_string()) return reader.boolean(name);
  if (*member == "true" || *member == "1") return true;
  if (*member == "false" || *member == "0") return false;
  reader.fail(name, "must be true or false");
  return std::nullopt;
}

/// The one photo of a form.
Result<std::span<const std::byte>> one_photo(const Form& form) {
  if (form.photos.size() == 1) return std::span<const std::byte>(form.photos.front());
  return fail(ErrorCode::kInvalidArgument,
              form.photos.empty() ? "'photo' is missing" : "one photo is looked at a request", "photo");
}

/// The options of the server, the owner's settings, and what the request says, in this order.
Result<RecognizeOptions> read_options(const Services& services, const Owner& owner, const Form& form) {
  const auto settings = read_settings(services.memory(), owner);
  if (!settings) return Unexpected{settings.error()};
  ObjectReader reader(form.members);
  OwnerSettings said;
  said.threshold = read_share(reader, form.members, "threshold");
  said.max_false_rate = read_share(reader, form.members, "max_false_rate");
  RecognizeOptions options = said.applied_to(settings->applied_to(services.options.recognize));
  options.quick = read_flag(reader, form.members, "quick").value_or(options.quick);
  options.second_look = read_flag(reader, form.members, "second_look").value_or(options.second_look);
  if (said.threshold && said.max_false_rate) reader.fail("max_false_rate", "cannot be given beside 'threshold'");
  reader.allow_only({"photo", "threshold", "max_false_rate", "quick", "second_look"});
  if (const auto read = reader.result(); !read) return Unexpected{read.error()};
  return options;
}

Result<void> recognize(const Services& services, Call& call) {
  const auto form = read_form(services, call);
  if (!form) return Unexpected{form.error()};
  const auto photo = one_photo(*form);
  if (!photo) return Unexpected{photo.error()};
  const auto options = read_options(services, call.caller.owner, *form);
  if (!options) return Unexpected{options.error()};
  const auto place = enter_looks(services, call);
  if (!place) return Unexpected{place.error()};
  const auto recognition = services.assistant().recognize(call.caller.owner, *photo, *options);
  if (!recognition) return Unexpected{recognition.error()};
  services.metrics.count(*recognition);
  call.reply(recognition_json(*recognition));
  return {};
}

/// The ids of concepts that are given by id or name.
Result<std::vector<std::string>> find_ids(const Memory& memory, const Owner& owner,
                                          const std::vector<std::string>& names, const char* field) {
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    auto found = memory.get(owner, name);
    if (found && !*found) found = memory.find(owner, name);
    if (!found) return Unexpected{found.error()};
    if (!*found) return fail(ErrorCode::kNotFound, "there is no concept with this id or name", field);
    ids.push_back((*found)->id);
  }
  return ids;
}

Result<void> learn(const Services& services, Call& call) {
  const auto form = read_form(services, call);
  if (!form) return Unexpected{form.error()};
  const auto photo = one_photo(*form);
  if (!photo) return Unexpected{photo.error()};
  ObjectReader reader(form->members);
  Feedback feedback{.photo = *photo, .is = {}, .is_not = {}, .box = {}};
  for (const auto& [name, ids] : {std::pair{"is", &feedback.is}, {"is_not", &feedback.is_not}}) {
    auto found = find_ids(services.memory(), call.caller.owner, reader.texts(name), name);
    if (!found) return Unexpected{found.error()};
    *ids = std::move(*found);
  }
  reader.allow_only({"photo", "is", "is_not", "box"});
  if (auto read = reader.result(); !read) return read;
  if (const Json* box = reader.find("box")) {
    const auto part = read_box(*box, *photo, "box");
    if (!part) return Unexpected{part.error()};
    feedback.box = *part;
  }
  const auto place = enter_looks(services, call);
  if (!place) return Unexpected{place.error()};
  const auto taught = services.assistant().feedback(call.caller.owner, feedback);
  if (!taught) return Unexpected{taught.error()};
  Json list = Json::array();
  for (const Taught& one : *taught) {
    list.push_back({{"concept", full_concept_json(one.subject)},
                    {"view_id", one.view.id},
                    {"shows", one.view.shows},
                    {"is_new", one.is_new}});
  }
  call.reply({{"taught", std::move(list)}});
  return {};
}

}  // namespace

void add_recognition(Router& router, const Services& services) {
  router.add({.method = "POST", .path = "/rap/v1/recognize", .scope = Scope::kRead, .handler = [&services](Call& call) {
                return recognize(services, call);
              }});
  router.add({.method = "POST", .path = "/rap/v1/feedback", .scope = Scope::kWrite, .handler = [&services](Call& call) {
                return learn(services, call);
              }});
}

}  // namespace rap::server
