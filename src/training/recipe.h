// SPDX-License-Identifier: Apache-2.0
// A training recipe: a TOML file with the names that the RAP paper's training scripts use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/conversation.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap::training {

/// One stage of training. Stages follow each other; weights go on, the optimiser starts anew.
struct Stage {
  std::string name;
  double epochs = 1.0;
  double learning_rate = 1e-3;  ///< of the corrections
  double mm_projector_lr = 2e-3;
  double warmup_ratio = 0.03;       ///< share of the steps with a rising rate; then a cosine to 0
  std::size_t batch_tokens = 2048;  ///< places of a batch, padding included
  int gradient_accumulation_steps = 1;
  /// Share of a type's lessons that an epoch takes, another part each time; 0 leaves a type out.
  std::map<dataset::TaskType, double> share;
};

struct Recipe {
  std::string name;                      ///< of the model
  std::filesystem::path base;            ///< GGUF file of the language model, or its name in a models folder
  std::string chat_template;             ///< empty = the base's own
  std::filesystem::path start;           ///< folder of an earlier run's weights to begin with; may be empty
  std::filesystem::path chat_questions;  ///< a question a line, for the base's own answers; may be empty
  PromptLayout layout = PromptLayout::kRapSeen;
  int grid = 6;                   ///< visual tokens a side
  std::int64_t mm_hidden = 1024;  ///< of the projector
  std::int64_t lora_r = 32;
  double lora_alpha = 64.0;
  std::size_t model_max_length = 512;  ///< tokens of a lesson
  std::uint64_t seed = 0;
  double weight_decay = 0.0;
  double max_grad_norm = 1.0;
  bool gradient_checkpointing = false;
  int logging_steps = 10;
  int save_steps = 200;           ///< between checkpoints
  int sample_steps = 500;         ///< between answers to held-out questions; 0 = none
  std::size_t dev_lessons = 200;  ///< held-out lessons whose loss is followed
  std::vector<Stage> stages;
};

/// Reads a recipe. Paths stay as they are written. kNotFound, kCorrupt (with the line) or
/// kInvalidArgument, naming the key that is unknown or out of range.
[[nodiscard]] Result<Recipe> read_recipe(const std::filesystem::path& file);

/// The same of a text; `origin`, the path of its file, is named in errors, and `chat_questions` is relative to it.
[[nodiscard]] Result<Recipe> parse_recipe(std::string_view text, const std::string& origin);

}  // namespace rap::training
