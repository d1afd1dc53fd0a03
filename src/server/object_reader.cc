// SPDX-License-Identifier: Apache-2.0
#include "server/object_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rap::server {
namespace {

/// Counts what stands in a JSON text, and ends where it is too much. (The parser's own callback costs a look at all
/// items of an array for each that is an object.)
class Census final : public nlohmann::json_sax<Json> {
 public:
  explicit Census(const JsonLimits& limits) : limits_(limits) {}

  [[nodiscard]] bool too_deep() const { return depth_ > limits_.depth; }
  [[nodiscard]] bool too_many() const { return values_ > limits_.values; }

  bool null() override { return count(); }
  bool boolean(bool /*value*/) override { return count(); }
  bool number_integer(number_integer_t /*value*/) override { return count(); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return count(); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return count(); }
  bool string(string_t& /*value*/) override { return count(); }
  bool binary(binary_t& /*value*/) override { return count(); }
  bool key(string_t& /*name*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t /*size*/) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const Json::exception& /*error*/) override {
    return false;
  }

 private:
  bool count() {
    ++values_;
    return !too_many();
  }
  bool enter() {
    ++depth_;
    return count() && !too_deep();
  }
  bool leave() {
    --depth_;
    return true;
  }

  const JsonLimits& limits_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

Result<Json> parse_object(std::string_view text, const JsonLimits& limits) {
  Census census(limits);
  const bool is_valid = Json::sax_parse(text, &census);
  if (census.too_deep()) {
    return fail(ErrorCode::kTooLarge, fmt::format("the JSON is nested deeper than {}", limits.depth), "body");
  }
  if (census.too_many()) {
    return fail(ErrorCode::kTooLarge, fmt::format("the JSON has more than {} values", limits.values), "body");
  }
  if (!is_valid) return fail(ErrorCode::kInvalidArgument, "the body is not valid JSON", "body");
  Json parsed = Json::parse(text, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return fail(ErrorCode::kInvalidArgument, "the body is not a JSON object", "body");
  return parsed;
}

ObjectReader::ObjectReader(const Json& object, std::string path) : object_(object), path_(std::move(path)) {}

const Json* ObjectReader::find(std::string_view name) const {
  const auto member = object_.find(name);
  return member == object_.end() || member->is_null() ? nullptr : &*member;
}

std::optional<std::string> ObjectReader::text(std::string_view name) {
  const Json* member = find(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_string()) return member->get<std::string>();
  fail(name, "must be a text");
  return std::nullopt;
}

std::optional<bool> ObjectReader::boolean(std::string_view name) {
  const Json* member = find(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_boolean()) return member->get<bool>();
  fail(name, "must be true or false");
  return std::nullopt;
}

std::optional<double> ObjectReader::number(std::string_view name, double least, double most) {
  const Json* member = find(name);
  if (member == nullptr) return std::nullopt;
  const double value = member->is_number() ? member->get<double>() : least - 1.0;
  if (value >= least && value <= most) return value;
  fail(name, fmt::format("must be a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  const Json* member = find(name);
  if (member == nullptr) return std::nullopt;
  // A number above the range of std::int64_t would wrap around.
  const bool is_whole =
      member->is_number_integer() &&
      (!member->is_number_unsigned() || member->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  if (is_whole && member->get<std::int64_t>() >= least && member->get<std::int64_t>() <= most) {
    return member->get<std::int64_t>();
  }
  fail(name, fmt::format("must be a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::vector<std::string> ObjectReader::texts(std::string_view name) {
  const Json* member = find(name);
  if (member == nullptr) return {};
  if (member->is_string()) return {member->get<std::string>()};
  std::vector<std::string> texts;
  for (const Json& one : member->is_array() ? *member : Json::array({nullptr})) {
    if (!one.is_string()) {
      fail(name, "must be a list of texts");
      return {};
    }
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

const Json* ObjectReader::list(std::string_view name) {
  const Json* member = find(name);
  if (member == nullptr || member->is_array()) return member;
  fail(name, "must be a list");
  return nullptr;
}

const Json* ObjectReader::object(std::string_view name) {
  const Json* member = find(name);
  if (member == nullptr || member->is_object()) return member;
  fail(name, "must be an object");
  return nullptr;
}

void ObjectReader::allow_only(std::initializer_list<std::string_view> names) {
  constexpr std::size_t kShown = 100;  // bytes of a name, which may be as long as the body
  for (const auto& [name, value] : object_.items()) {
    if (std::ranges::find(names, std::string_view(name)) != names.end()) continue;
    return fail(std::string_view(name).substr(0, kShown), "is not known here");
  }
}

void ObjectReader::fail(std::string_view name, std::string message) {
  std::string field = path_of(name);
  adopt({ErrorCode::kInvalidArgument, fmt::format("'{}' {}", field, message), field});
}

void ObjectReader::adopt(const Error& error) {
  if (!error_) error_ = error;
}

Result<void> ObjectReader::result() const {
  if (error_) return Unexpected{*error_};
  return {};
}

}  // namespace rap::server
