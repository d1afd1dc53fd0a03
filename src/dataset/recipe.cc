// SPDX-License-Identifier: Apache-2.0
#include "dataset/recipe.h"

#include <toml++/toml.h>

#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace rap::dataset {
namespace {

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

/// What every function below needs.
struct Reading {
  const std::filesystem::path& data;
  const std::filesystem::path folder;  ///< of the recipe
  std::optional<Error> error;
};

std::string numbered(const char* key, std::size_t index) {
  return std::string(key) + '[' + std::to_string(index) + ']';
}

Source source_of(const toml::table& table, std::string where, Reading& reading) {
  Section section(table, std::move(where), reading.error);
  Source source;
  section.require("name");
  section.require("kind");
  section.read("name", source.name);
  section.read_word("kind", source_kind_of, source.kind);
  section.read_path("folder", reading.data, source.folder);
  section.read_path("captions", reading.data, source.captions);
  section.read_path("json", reading.data, source.json);
  section.read("licence", source.licence);
  section.read_path("train_list", reading.data, source.train_list);
  section.read_path("dev_list", reading.data, source.dev_list);
  section.read_path("test_list", reading.data, source.test_list);
  section.read("split_by_prefix", source.split_by_prefix);
  section.read_word("otherwise", split_of, source.otherwise);
  section.read("include", source.include);
  section.read("exclude", source.exclude);
  return source;
}

HeldOutShare held_out_of(const toml::table& table, std::string where, Reading& reading) {
  Section section(table, std::move(where), reading.error);
  HeldOutShare share;
  section.require("source");
  section.read("source", share.source);
  section.read("dev", share.dev);
  section.read("test", share.test);
  return share;
}

void read_collect(const toml::table& table, Reading& reading, CollectOptions& options) {
  Section section(table, "collect", reading.error);
  section.read("near_distance", options.near_distance);
}

void read_crop(const toml::table& table, Reading& reading, CropOptions& options) {
  Section section(table, "crop", reading.error);
  section.read_path("boxes", reading.data, options.boxes);
  section.read("per_photo", options.per_photo);
  section.read("least_photos", options.least_photos);
}

void read_rates(const toml::table& table, const char* where, Reading& reading, SeenRates& rates) {
  Section section(table, where, reading.error);
  section.read("yes", rates.yes);
  section.read("maybe", rates.maybe);
}

void read_evidence(const toml::table& table, Reading& reading, EvidenceOptions& options) {
  Section section(table, "synthesise.evidence", reading.error);
  read_rates(section.table("right"), "synthesise.evidence.right", reading, options.right);
  read_rates(section.table("wrong"), "synthesise.evidence.wrong", reading, options.wrong);
  section.read("jitter_share", options.jitter_share);
  section.read("jitter", options.jitter);
}

void read_mixture(const toml::table& table, Reading& reading, Mixture& mixture) {
  Section section(table, "synthesise.mixture", reading.error);
  section.read("right", mixture.right);
  section.read("right_and_wrong", mixture.right_and_wrong);
  section.read("only_wrong", mixture.only_wrong);
  section.read("several", mixture.several);
}

void read_synthesis(const toml::table& table, Reading& reading, SynthesisOptions& options) {
  Section section(table, "synthesise", reading.error);
  section.read("contexts_per_photo", options.contexts_per_photo);
  section.read("contexts_per_instance_photo", options.contexts_per_instance_photo);
  section.read("held_out_contexts_per_photo", options.held_out_contexts_per_photo);
  section.read("text_contexts", options.text_contexts);
  section.read("held_out_text_contexts", options.held_out_text_contexts);
  read_mixture(section.table("mixture"), reading, options.mixture);
  section.read("max_wrong", options.max_wrong);
  section.read("max_only_wrong", options.max_only_wrong);
  section.read("several_with_wrong", options.several_with_wrong);
  section.read("unknown_fact", options.unknown_fact);
  read_evidence(section.table("evidence"), reading, options.evidence);
  section.read("avatar_views", options.avatar_views);
  section.read("picture_side", options.picture_side);
  section.read("jpeg_quality", options.jpeg_quality);
  section.read_path("chat", reading.folder, options.chat);
  if (options.max_wrong == 0) section.mistake("max_wrong", "must be 1 or more");
  if (options.max_only_wrong == 0) section.mistake("max_only_wrong", "must be 1 or more");
}

Recipe recipe_of(const toml::table& table, Reading& reading) {
  Section section(table, "", reading.error);
  Recipe recipe;
  std::int64_t version = 0;
  section.require("version");
  section.read("version", version);
  if (version != kVersion) section.mistake("version", "must be " + std::to_string(kVersion));
  section.read("name", recipe.name);
  section.read("seed", recipe.seed);
  const auto sources = section.tables("source");
  for (std::size_t i = 0; i < sources.size(); ++i)
    recipe.sources.push_back(source_of(*sources[i], numbered("source", i), reading));
  const auto held_out = section.tables("held_out");
  for (std::size_t i = 0; i < held_out.size(); ++i)
    recipe.held_out.push_back(held_out_of(*held_out[i], numbered("held_out", i), reading));
  read_collect(section.table("collect"), reading, recipe.collect);
  read_crop(section.table("crop"), reading, recipe.crop);
  read_synthesis(section.table("synthesise"), reading, recipe.synthesis);
  recipe.synthesis.seed = recipe.seed;
  return recipe;
}

}  // namespace

Result<Recipe> read_recipe(const std::filesystem::path& file, const std::filesystem::path& data) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored))
    return fail(ErrorCode::kNotFound, "there is no recipe '" + file.string() + "'", "recipe");
  try {
    const toml::table table = toml::parse_file(file.string());
    Reading reading{data, file.parent_path(), std::nullopt};
    Recipe recipe = recipe_of(table, reading);
    if (reading.error) return Unexpected{*reading.error};
    return recipe;
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    return fail(ErrorCode::kCorrupt,
                "'" + file.string() + "', line " + std::to_string(at.line) + ", column " + std::to_string(at.column) +
                    ": " + std::string(error.description()),
                "recipe");
  }
}

}  // namespace rap::dataset
