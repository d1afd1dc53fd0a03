// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dataset/conversation.h"
#include "rap/result.h"
#include "training/feature_store.h"
#include "training/lesson.h"
#include "training/recipe.h"

namespace rap::training {

/// What training reads.
struct TrainingData {
  std::vector<Lesson> lessons;
  std::vector<Lesson> dev;                     ///< held out; their loss is followed
  std::vector<dataset::Conversation> samples;  ///< held-out questions that are answered now and then
  std::size_t conversations = 0;               ///< in the lessons
  std::size_t too_long = 0;                    ///< left out of the lessons
};

/// One line of the log.
struct StepReport {
  std::string stage;
  std::int64_t step = 0;   ///< of the stage, from 1
  std::int64_t steps = 0;  ///< of the stage
  double loss = 0.0;       ///< mean over the answers' tokens since the last report
  double learning_rate = 0.0;
  double gradient_norm = 0.0;  ///< before clipping
  double conversations_per_second = 0.0;
  double tokens_per_second = 0.0;
  double steps_per_second = 0.0;
};

/// What a run tells while it goes on. Every function may be empty.
struct TrainingObserver {
  std::function<void(const StepReport&)> on_step;
  std::function<void(const std::string& stage, std::int64_t step, double loss)> on_dev_loss;
  std::function<void(const dataset::Conversation&, const std::string& answer)> on_sample;
  std::function<bool()> wants_stop;  ///< asked after every step; a stopped run can be resumed
};

/// How a run ended.
enum class TrainingEnd { kFinished, kStopped };

/// Compute threads of the whole process, from now on; 0 = one per logical processor.
void use_threads(int threads);

/// Tensors of a step are as large as those of the step before: from now on the process keeps the memory that it
/// frees, which saves the kernel from clearing it every time.
void keep_freed_memory();

/// A sentence for people if this libtorch multiplies matrices much more slowly than this CPU can;
/// else empty. Takes a few hundredths of a second.
[[nodiscard]] std::string warn_of_slow_matrices();

/// Trains a projector and the corrections of a frozen language model. Owns the model; not
/// thread-safe. Equal recipe, data and seed give equal weights on the same machine, whether or
/// not the run was interrupted in between.
class Trainer {
 public:
  /// Reads the base and, if `folder` holds a checkpoint, goes on from it. `features` must hold
  /// every picture of the data; borrowed. Fails like GgufFile::open() and LanguageModel::read();
  /// kConflict if the checkpoint belongs to another recipe.
  [[nodiscard]] static Result<std::unique_ptr<Trainer>> create(const Recipe& recipe, const TrainingData& data,
                                                               FeatureStore& features,
                                                               const std::filesystem::path& folder);
  virtual ~Trainer() = default;

  /// Runs all stages that are left.
  [[nodiscard]] virtual Result<TrainingEnd> run(const TrainingObserver& observer) = 0;

  /// Writes `lora.gguf` (llama.cpp's adapter format) and `projector.safetensors` to `folder`.
  [[nodiscard]] virtual Result<void> save_weights(const std::filesystem::path& folder) = 0;

  /// The greedy answer to a conversation's last question.
  [[nodiscard]] virtual Result<std::string> answer(const dataset::Conversation& conversation) = 0;
};

}  // namespace rap::training
