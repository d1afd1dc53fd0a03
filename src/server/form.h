// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json/json.h"
#include "rap/types.h"
#include "server/call.h"
#include "server/services.h"

namespace rap::server {

/// The members of a request, whether they came as JSON or as multipart/form-data.
struct Form {
  Json members = Json::object();  ///< repeated fields of multipart/form-data as lists
  std::vector<Bytes> photos;      ///< files called "photo", or the member "photo"
};

/// Reads the body of a call: JSON, multipart/form-data, or a photo alone. 415 for another type; else fails as
/// parse_object() and PhotoReader do.
[[nodiscard]] Result<Form> read_form(const Services& services, Call& call);

/// The body as JSON, for interfaces that know nothing else. 415 for another type.
[[nodiscard]] Result<Json> read_json(const Services& services, Call& call);

/// A box that a client gave, [x, y, width, height] or "x,y,width,height" in pixels of the oriented photo, in fractions
/// of it. kInvalidArgument unless it lies in the photo.
[[nodiscard]] Result<Box> read_box(const Json& box, std::span<const std::byte> photo, const std::string& field);

/// The number in a query's parameter. kInvalidArgument if it is none, or not in the range.
[[nodiscard]] Result<std::size_t> read_parameter(const Call& call, const std::string& name, std::size_t otherwise,
                                                 std::size_t least, std::size_t most);

}  // namespace rap::server
