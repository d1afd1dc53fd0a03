// SPDX-License-Identifier: Apache-2.0
#include "server/form.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "core/text.h"
#include "image/pixel_box.h"
#include "server/object_reader.h"

namespace rap::server {
namespace {

/// The type of a body, without its parameters.
std::string content_type(const Call& call) {
  const std::string type = call.request.get_header_value("Content-Type");
  return fold(type.substr(0, type.find_first_of("; ")));
}

/// Types that JSON comes as: its own, none, and those that curl and plain forms put there.
bool may_be_json(const std::string& type) {
  return type.empty() || type == "application/json" || type.ends_with("+json") || type == "text/plain" ||
         type == "application/x-www-form-urlencoded";
}

Bytes to_bytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// Fields of a form as members: a repeated one is a list.
Json members_of(const httplib::FormFields& fields) {
  Json members = Json::object();
  for (const auto& [name, field] : fields) {
    if (!members.contains(name)) {
      members[name] = field.content;
      continue;
    }
    Json& member = members[name];
    if (!member.is_array()) member = Json::array({member});
    member.push_back(field.content);
  }
  return members;
}

/// The form with the photo that its member "photo" is.
Result<Form> with_photo_in_text(const Services& services, Form form) {
  ObjectReader reader(form.members);
  const auto text = reader.text("photo");
  if (const auto read = reader.result(); !read) return Unexpected{read.error()};
  if (!text) return form;
  auto photo = services.photos.read(*text);
  if (!photo) return Unexpected{photo.error()};
  form.photos.push_back(std::move(*photo));
  return form;
}

std::optional<PixelBox> pixel_box(const Json& json) {
  if (json.is_string()) return parse_pixel_box(json.get<std::string>());
  const bool is_list = json.is_array() && json.size() == 4 && std::ranges::all_of(json, &Json::is_number);
  if (!is_list) return std::nullopt;
  return PixelBox{json[0].get<double>(), json[1].get<double>(), json[2].get<double>(), json[3].get<double>()};
}

}  // namespace

Result<Json> read_json(const Services& services, Call& call) {
  if (!may_be_json(content_type(call))) {
    return call.refuse(415, ErrorCode::kUnsupported, "the body must be JSON (Content-Type: application/json)");
  }
  return parse_object(call.body, services.options.limits.json);
}

Result<Form> read_form(const Services& services, Call& call) {
  Form form;
  const std::string type = content_type(call);
  if (type == "multipart/form-data") {
    form.members = members_of(call.fields);
    for (const auto& [name, file] : call.files) {
      if (name != "photo") return fail(ErrorCode::kInvalidArgument, "the field of a photo is 'photo'", "photo");
      form.photos.push_back(to_bytes(file.content));
    }
    return with_photo_in_text(services, std::move(form));
  }
  if (type.starts_with("image/") || type == "application/octet-stream") {
    form.photos.push_back(to_bytes(call.body));
    return form;
  }
  if (!may_be_json(type)) {
    return call.refuse(415, ErrorCode::kUnsupported, "the body must be JSON, multipart/form-data or a photo");
  }
  auto members = parse_object(call.body, services.options.limits.json);
  if (!members) return Unexpected{members.error()};
  form.members = std::move(*members);
  return with_photo_in_text(services, std::move(form));
}

Result<Box> read_box(const Json& box, std::span<const std::byte> photo, const std::string& field) {
  const auto pixels = pixel_box(box);
  if (!pixels) {
    return fail(ErrorCode::kInvalidArgument, "'" + field + "' must be [x, y, width, height] in pixels of the photo",
                field);
  }
  auto read = box_in_photo(*pixels, photo);
  if (!read && read.error().field == "box") read.error().field = field;
  return read;
}

Result<std::size_t> read_parameter(const Call& call, const std::string& name, std::size_t otherwise, std::size_t least,
                                   std::size_t most) {
  if (!call.request.has_param(name)) return otherwise;
  const std::string text = call.request.get_param_value(name);
  std::size_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && stop == text.data() + text.size() && value >= least && value <= most) return value;
  return fail(ErrorCode::kInvalidArgument,
              "'" + name + "' must be a whole number from " + std::to_string(least) + " to " + std::to_string(most),
              name);
}

}  // namespace rap::server
