// SPDX-License-Identifier: Apache-2.0
#include "training/recipe.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <set>
#include <type_traits>

#include "core/files.h"

namespace rap::training {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = 1'000'000;

/// Reads the keys of one table, remembering which were asked for and the first error.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  template <class Number>
  void number(const char* key, Number& to, double least, double most) {
    known_.insert(key);
    const auto* node = table_.get(key);
    if (!node) return;
    const auto value = node->value<double>();
    if (!value || !(*value >= least && *value <= most) || (std::is_integral_v<Number> && !node->is_integer())) {
      note(key, "has to be a number from " + text(least) + " to " + text(most));
      return;
    }
    to = static_cast<Number>(*value);
  }

  void flag(const char* key, bool& to) {
    known_.insert(key);
    const auto* node = table_.get(key);
    if (!node) return;
    if (const auto value = node->value<bool>()) {
      to = *value;
    } else {
      note(key, "has to be true or false");
    }
  }

  void string(const char* key, std::string& to) {
    known_.insert(key);
    const auto* node = table_.get(key);
    if (!node) return;
    if (const auto value = node->value<std::string>()) {
      to = *value;
    } else {
      note(key, "has to be a text");
    }
  }

  void path(const char* key, fs::path& to) {
    std::string text = to.string();
    string(key, text);
    to = text;
  }

  /// A key that somebody else reads.
  void leave(const char* key) { known_.insert(key); }

  void note(const std::string& key, const std::string& what) {
    if (!error_) error_ = fail(ErrorCode::kInvalidArgument, where_ + key + ' ' + what, key);
  }

  /// kInvalidArgument for the first wrong or unknown key.
  [[nodiscard]] Result<void> finish() {
    for (const auto& [key, value] : table_) {
      if (!known_.contains(std::string(key.str()))) note(std::string(key.str()), "is not a key of a recipe");
    }
    if (error_) return std::move(*error_);
    return {};
  }

 private:
  static std::string text(double number) {
    std::string result = std::to_string(number);
    result.erase(result.find_last_not_of('0') + 1);
    if (result.ends_with('.')) result.pop_back();
    return result;
  }

  const toml::table& table_;
  std::string where_;
  std::set<std::string> known_;
  std::optional<Unexpected> error_;
};

Result<Stage> read_stage(const toml::table& table, const std::string& where) {
  Stage stage;
  TableReader reader(table, where);
  reader.string("name", stage.name);
  reader.number("epochs", stage.epochs, 0.0, 1'000.0);
  reader.number("learning_rate", stage.learning_rate, 0.0, 1.0);
  reader.number("mm_projector_lr", stage.mm_projector_lr, 0.0, 1.0);
  reader.number("warmup_ratio", stage.warmup_ratio, 0.0, 1.0);
  reader.number("batch_tokens", stage.batch_tokens, 16, 1'000'000);
  reader.number("gradient_accumulation_steps", stage.gradient_accumulation_steps, 1, 10'000);
  reader.leave("share");
  if (const auto* shares = table.get_as<toml::table>("share")) {
    for (const auto& [key, node] : *shares) {
      const auto type = dataset::task_of(key.str());
      const auto share = node.value<double>();
      if (!type || !share || *share < 0.0 || *share > 1.0) {
        reader.note("share." + std::string(key.str()), "has to be a task's word with a number from 0 to 1");
        continue;
      }
      stage.share[*type] = *share;
    }
  }
  if (auto finished = reader.finish(); !finished) return Unexpected{finished.error()};
  return stage;
}

Result<void> read_layout(const std::string& word, PromptLayout& layout) {
  for (const auto& [known, value] : {std::pair{"rap", PromptLayout::kRap},
                                     {"rap-seen", PromptLayout::kRapSeen},
                                     {"labelled", PromptLayout::kLabelled}}) {
    if (word == known) {
      layout = value;
      return {};
    }
  }
  return fail(ErrorCode::kInvalidArgument, "layout has to be rap, rap-seen or labelled", "layout");
}

}  // namespace

Result<Recipe> parse_recipe(std::string_view text, const std::string& origin) {
  const toml::parse_result parsed = toml::parse(text, origin);
  if (!parsed) {
    return fail(ErrorCode::kCorrupt, "'" + origin + "', line " + std::to_string(parsed.error().source().begin.line) +
                                         ": " + std::string(parsed.error().description()));
  }
  const toml::table& table = parsed.table();
  Recipe recipe;
  std::string layout = "rap-seen";
  TableReader reader(table, "'" + origin + "': ");
  reader.string("name", recipe.name);
  reader.path("base", recipe.base);
  reader.string("chat_template", recipe.chat_template);
  reader.path("start", recipe.start);
  reader.string("layout", layout);
  reader.number("grid", recipe.grid, 1, 32);
  reader.number("mm_hidden", recipe.mm_hidden, 1, 65'536);
  reader.number("lora_r", recipe.lora_r, 1, 1'024);
  reader.number("lora_alpha", recipe.lora_alpha, 0.0, 100'000.0);
  reader.number("model_max_length", recipe.model_max_length, 16, 4'096);
  reader.number("seed", recipe.seed, 0, 4e9);
  reader.number("weight_decay", recipe.weight_decay, 0.0, 10.0);
  reader.number("max_grad_norm", recipe.max_grad_norm, 0.0, 1e9);
  reader.flag("gradient_checkpointing", recipe.gradient_checkpointing);
  reader.number("logging_steps", recipe.logging_steps, 1, 1e6);
  reader.number("save_steps", recipe.save_steps, 1, 1e6);
  reader.number("sample_steps", recipe.sample_steps, 0, 1e6);
  reader.number("dev_lessons", recipe.dev_lessons, 0, 1e6);
  reader.leave("stage");
  if (recipe.name.empty()) reader.note("name", "is missing");
  if (recipe.base.empty()) reader.note("base", "is missing: the GGUF file of the language model");
  if (const auto* stages = table.get_as<toml::array>("stage")) {
    for (std::size_t i = 0; i < stages->size(); ++i) {
      const auto* node = stages->get_as<toml::table>(i);
      if (!node) continue;
      auto stage = read_stage(*node, "'" + origin + "', stage " + std::to_string(i + 1) + ": ");
      if (!stage) return Unexpected{stage.error()};
      recipe.stages.push_back(std::move(*stage));
    }
  }
  if (recipe.stages.empty()) reader.note("stage", "is missing: a recipe needs at least one [[stage]]");
  if (auto finished = reader.finish(); !finished) return Unexpected{finished.error()};
  if (auto read = read_layout(layout, recipe.layout); !read) return Unexpected{read.error()};
  return recipe;
}

Result<Recipe> read_recipe(const fs::path& file) {
  const auto content = read_file(file, kMostBytes);
  if (!content) return Unexpected{content.error()};
  return parse_recipe({reinterpret_cast<const char*>(content->data()), content->size()}, file.string());
}

}  // namespace rap::training
