// SPDX-License-Identifier: Apache-2.0
// Reading of recipes, which are TOML files: of data sets and of training.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/files.h"
#include "rap/result.h"

namespace rap::dataset {

/// The table of a TOML text; `origin` names its file in errors. kCorrupt, with line and column.
inline Result<toml::table> parse_table(std::string_view text, const std::string& origin) {
  try {
    return toml::parse(text, origin);
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    return fail(ErrorCode::kCorrupt,
                "'" + origin + "', line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " +
                    std::string(error.description()),
                "recipe");
  }
}

/// The table of a TOML file. Fails as parse_table and read_file do.
inline Result<toml::table> read_table(const std::filesystem::path& file) {
  constexpr std::uintmax_t kMostBytes = 1'000'000;
  const auto content = read_file(file, kMostBytes);
  if (!content) return fail(content.error().code, "the recipe cannot be read: " + content.error().message, "recipe");
  return parse_table({reinterpret_cast<const char*>(content->data()), content->size()}, file.string());
}

/// One table of the recipe while it is read. Remembers the first mistake and which keys were asked
/// for; what is not in the file keeps its default.
class Section {
 public:
  Section(const toml::table& table, std::string where, std::optional<Error>& error)
      : table_(table), where_(std::move(where)), error_(error) {}

  /// The rest of the keys are unknown.
  ~Section() {
    for (const auto& [key, value] : table_) {
      const std::string name(key.str());
      if (!known_.contains(name)) mistake(name, "is not a key of a recipe");
    }
  }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  /// An integer, number, truth value or text.
  template <class Value>
  void read(const std::string& key, Value& value) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    if constexpr (std::is_same_v<Value, bool>) {
      assign(key, node->value_exact<bool>(), value, "must be true or false");
    } else if constexpr (std::is_unsigned_v<Value>) {
      const auto number = node->value_exact<std::int64_t>();
      assign(key, number && *number >= 0 ? number : std::nullopt, value, "must be a whole number, 0 or more");
    } else if constexpr (std::is_integral_v<Value>) {
      assign(key, node->value_exact<std::int64_t>(), value, "must be a whole number");
    } else if constexpr (std::is_floating_point_v<Value>) {
      const auto number = node->value<double>();
      assign(key, number && *number >= 0.0 ? number : std::nullopt, value, "must be a number, 0 or more");
    } else {
      assign(key, node->value_exact<std::string>(), value, "must be a text");
    }
  }

  /// A number from `least` to `most`; whole, if `value` is.
  template <class Number>
  void read(const std::string& key, Number& value, double least, double most) {
    Number read_value = value;
    read(key, read_value);
    const auto number = static_cast<double>(read_value);
    if (find(key) != nullptr && !(number >= least && number <= most)) {
      return mistake(key, "must be from " + text_of(least) + " to " + text_of(most));
    }
    value = read_value;
  }

  void read(const std::string& key, std::map<std::string, std::string>& values) {
    const toml::table& below = table(key);
    for (const auto& [name, node] : below) {
      const auto text = node.value_exact<std::string>();
      if (!text) return mistake(key, "must be a table of texts");
      values.emplace(name.str(), *text);
    }
  }

  void read(const std::string& key, std::vector<std::string>& values) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) return mistake(key, "must be a list of texts");
    for (const toml::node& entry : *array) {
      const auto text = entry.value_exact<std::string>();
      if (!text) return mistake(key, "must be a list of texts");
      values.push_back(*text);
    }
  }

  /// A path, relative to `base`.
  void read_path(const std::string& key, const std::filesystem::path& base, std::filesystem::path& path) {
    std::string text;
    read(key, text);
    if (!text.empty()) path = base / text;
  }

  /// A word that `parse` knows.
  template <class Parse, class Value>
  void read_word(const std::string& key, Parse parse, Value& value) {
    std::string word;
    read(key, word);
    if (word.empty()) return;
    if (const auto known = parse(word)) {
      value = *known;
    } else {
      mistake(key, "has no meaning '" + word + "'");
    }
  }

  /// A table below this one; empty if it is not there.
  const toml::table& table(const std::string& key) {
    static const toml::table kEmpty;
    const toml::node* node = find(key);
    if (node == nullptr) return kEmpty;
    if (const toml::table* below = node->as_table()) return *below;
    mistake(key, "must be a table");
    return kEmpty;
  }

  /// The tables of `[[key]]`.
  std::vector<const toml::table*> tables(const std::string& key) {
    std::vector<const toml::table*> all;
    const toml::node* node = find(key);
    const toml::array* array = node == nullptr ? nullptr : node->as_array();
    if (node != nullptr && array == nullptr) mistake(key, "must be a list of tables");
    if (array == nullptr) return all;
    for (const toml::node& entry : *array) {
      if (const toml::table* below = entry.as_table()) all.push_back(below);
    }
    if (all.size() != array->size()) mistake(key, "must be a list of tables");
    return all;
  }

  void require(const std::string& key) {
    if (find(key) == nullptr) mistake(key, "is missing");
  }

  void mistake(const std::string& key, const std::string& what) {
    if (error_) return;
    const std::string field = where_.empty() ? key : where_ + '.' + key;
    error_ = Error{ErrorCode::kInvalidArgument, "recipe: '" + field + "' " + what, field};
  }

 private:
  const toml::node* find(const std::string& key) {
    known_.insert(key);
    return table_.get(key);
  }

  /// A number without zeros that say nothing.
  static std::string text_of(double number) {
    std::string text = std::to_string(number);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  }

  template <class Found, class Value>
  void assign(const std::string& key, const std::optional<Found>& found, Value& value, const char* otherwise) {
    if (found) {
      value = static_cast<Value>(*found);
    } else {
      mistake(key, otherwise);
    }
  }

  const toml::table& table_;
  const std::string where_;
  std::optional<Error>& error_;
  std::set<std::string> known_;
};

}  // namespace rap::dataset
