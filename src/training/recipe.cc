// SPDX-License-Identifier: Apache-2.0
#include "training/recipe.h"

#include <optional>

#include "dataset/recipe_section.h"
#include "generation/prompt.h"

namespace rap::training {
namespace {

using dataset::Section;

constexpr double kMany = 1e9;

Stage stage_of(const toml::table& table, const std::string& where, std::optional<Error>& error) {
  Section section(table, where, error);
  Stage stage;
  section.require("name");
  section.read("name", stage.name);
  section.read("epochs", stage.epochs, 0.0, 1'000.0);
  section.read("learning_rate", stage.learning_rate, 0.0, 1.0);
  section.read("mm_projector_lr", stage.mm_projector_lr, 0.0, 1.0);
  section.read("warmup_ratio", stage.warmup_ratio, 0.0, 1.0);
  section.read("batch_tokens", stage.batch_tokens, 16, kMany);
  section.read("gradient_accumulation_steps", stage.gradient_accumulation_steps, 1, kMany);
  for (const auto& [word, node] : section.table("share")) {
    const auto type = dataset::task_of(word.str());
    const auto share = node.value<double>();
    if (type && share && *share >= 0.0 && *share <= 1.0) {
      stage.share[*type] = *share;
    } else {
      section.mistake("share." + std::string(word.str()), "must be the word of a task with a number from 0 to 1");
    }
  }
  return stage;
}

Recipe recipe_of(const toml::table& table, const std::filesystem::path& folder, std::optional<Error>& error) {
  Section section(table, "", error);
  Recipe recipe;
  for (const char* key : {"name", "base", "stage"}) section.require(key);
  section.read("name", recipe.name);
  section.read_path("base", {}, recipe.base);
  section.read("chat_template", recipe.chat_template);
  section.read_path("start", {}, recipe.start);
  section.read_path("chat_questions", folder, recipe.chat_questions);
  section.read_word("layout", layout_of, recipe.layout);
  section.read("grid", recipe.grid, 1, 32);
  section.read("mm_hidden", recipe.mm_hidden, 1, 65'536);
  section.read("lora_r", recipe.lora_r, 1, 1'024);
  section.read("lora_alpha", recipe.lora_alpha, 0.0, kMany);
  section.read("model_max_length", recipe.model_max_length, 16, 4'096);
  section.read("seed", recipe.seed);
  section.read("weight_decay", recipe.weight_decay, 0.0, 10.0);
  section.read("max_grad_norm", recipe.max_grad_norm, 0.0, kMany);
  section.read("gradient_checkpointing", recipe.gradient_checkpointing);
  section.read("logging_steps", recipe.logging_steps, 1, kMany);
  section.read("save_steps", recipe.save_steps, 1, kMany);
  section.read("sample_steps", recipe.sample_steps, 0, kMany);
  section.read("dev_lessons", recipe.dev_lessons, 0, kMany);
  const auto stages = section.tables("stage");
  for (std::size_t i = 0; i < stages.size(); ++i) {
    recipe.stages.push_back(stage_of(*stages[i], "stage[" + std::to_string(i) + "]", error));
  }
  return recipe;
}

Result<Recipe> checked_recipe(const Result<toml::table>& table, const std::filesystem::path& folder) {
  if (!table) return Unexpected{table.error()};
  std::optional<Error> error;
  Recipe recipe = recipe_of(*table, folder, error);
  if (error) return Unexpected{std::move(*error)};
  return recipe;
}

}  // namespace

Result<Recipe> parse_recipe(std::string_view text, const std::string& origin) {
  return checked_recipe(dataset::parse_table(text, origin), std::filesystem::path(origin).parent_path());
}

Result<Recipe> read_recipe(const std::filesystem::path& file) {
  return checked_recipe(dataset::read_table(file), file.parent_path());
}

}  // namespace rap::training
