// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "rap/result.h"

namespace rap::server {

/// What JSON may hold, beside its bytes: a value takes many times the memory of its text.
struct JsonLimits {
  std::size_t depth = 32;        ///< of nested values
  std::size_t values = 100'000;  ///< of objects, lists, and what stands in them
};

/// Parses the body of a request. kInvalidArgument for anything that is not a JSON object, kTooLarge beyond `limits`.
[[nodiscard]] Result<Json> parse_object(std::string_view text, const JsonLimits& limits = {});

/// Reads members of a JSON object and remembers the first that is not what it should be, so that many can be read in a
/// row. A member that is null counts as missing.
class ObjectReader {
 public:
  /// Borrows `object`. `path` is what errors put before the name of a member: "messages[1].".
  explicit ObjectReader(const Json& object, std::string path = {});

  [[nodiscard]] const Json* find(std::string_view name) const;

  std::optional<std::string> text(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  std::optional<double> number(std::string_view name, double least, double most);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);

  /// A list of texts, or one text alone.
  std::vector<std::string> texts(std::string_view name);

  /// A list or object; null if it is missing.
  const Json* list(std::string_view name);
  const Json* object(std::string_view name);

  /// Notes an error if there is a member of another name: what is misspelt must not be passed over in silence.
  void allow_only(std::initializer_list<std::string_view> names);

  /// Notes an error, unless there is one already.
  void fail(std::string_view name, std::string message);

  /// Notes the error of a member that was read otherwise.
  void adopt(const Error& error);

  [[nodiscard]] Result<void> result() const;
  [[nodiscard]] std::string path_of(std::string_view name) const { return path_ + std::string(name); }

 private:
  const Json& object_;
  std::string path_;
  std::optional<Error> error_;
};

}  // namespace rap::server
