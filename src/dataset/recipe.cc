// SPDX-License-Identifier: Apache-2.0
#include "dataset/recipe.h"

#include <optional>
#include <string_view>
#include <utility>

#include "dataset/recipe_section.h"

namespace rap::dataset {
namespace {

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
  section.read("categories", source.categories);
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
  const auto table = read_table(file);
  if (!table) return Unexpected{table.error()};
  Reading reading{data, file.parent_path(), std::nullopt};
  Recipe recipe = recipe_of(*table, reading);
  if (reading.error) return Unexpected{*reading.error};
  return recipe;
}

}  // namespace rap::dataset
