// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>
#include <utility>

#include "core/files.h"
#include "core/hash.h"
#include "core/safetensors.h"
#include "dataset/seed.h"
#include "training/batch.h"
#include "training/formats/lora.h"
#include "training/language_model.h"
#include "training/optimizer.h"
#include "training/projector.h"
#include "training/tensor_values.h"

namespace rap::training {
namespace {

namespace fs = std::filesystem;

constexpr char kCheckpointFile[] = "checkpoint.safetensors";
constexpr char kAdapterFile[] = "lora.gguf";
constexpr char kProjectorFile[] = "projector.safetensors";
constexpr std::uintmax_t kMostCheckpointBytes = 4'000'000'000;
constexpr std::size_t kMostAnswerTokens = 48;
constexpr std::size_t kDevBatchTokens = 4096;

/// A rate that rises over the warm-up and falls along a cosine to 0.
double rate_at(const Stage& stage, double peak, std::int64_t step, std::int64_t steps) {
  const double warmup = std::max(1.0, stage.warmup_ratio * static_cast<double>(steps));
  const auto at = static_cast<double>(step);
  if (at <= warmup) return peak * at / warmup;
  const double progress = (at - warmup) / std::max(1.0, static_cast<double>(steps) - warmup);
  return peak * 0.5 * (1.0 + std::cos(progress * 3.14159265358979));
}

/// What decides a run's weights, apart from the data.
std::string fingerprint(const Recipe& recipe, const FeatureKind& features, std::size_t lessons) {
  std::string text = recipe.base.filename().string() + '|' + recipe.chat_template + '|' +
                     std::to_string(static_cast<int>(recipe.layout)) + '|' + features.encoder + '|';
  for (const double number :
       {static_cast<double>(recipe.grid), static_cast<double>(recipe.mm_hidden), static_cast<double>(recipe.lora_r),
        recipe.lora_alpha, static_cast<double>(recipe.model_max_length), static_cast<double>(recipe.seed),
        recipe.weight_decay, recipe.max_grad_norm, static_cast<double>(lessons)}) {
    text += std::to_string(number) + '|';
  }
  for (const Stage& stage : recipe.stages) {
    text += stage.name + '|';
    for (const double number :
         {stage.epochs, stage.learning_rate, stage.mm_projector_lr, stage.warmup_ratio,
          static_cast<double>(stage.batch_tokens), static_cast<double>(stage.gradient_accumulation_steps)}) {
      text += std::to_string(number) + '|';
    }
    for (const auto& [type, share] : stage.share) {
      text += std::string(dataset::task_word(type)) + '=' + std::to_string(share) + '|';
    }
  }
  return sha256_hex(as_bytes(text)).substr(0, 16);
}

using Batches = std::vector<std::vector<std::size_t>>;

/// All batches of a stage, epoch after epoch.
Batches plan_stage(const Recipe& recipe, const Stage& stage, const TrainingData& data) {
  Batches all;
  double left = stage.epochs;
  for (std::uint64_t epoch = 0; left > 0.0; ++epoch, left -= 1.0) {
    const std::uint64_t seed = dataset::seed_of(recipe.seed, stage.name + '#' + std::to_string(epoch));
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < data.lessons.size(); ++i) {
      const auto found = stage.share.find(data.lessons[i].type);
      const double share = found != stage.share.end() ? found->second : (stage.share.empty() ? 1.0 : 0.0);
      // Successive epochs take successive parts, so that nothing is seen twice before all is seen once.
      const double place = std::fmod(static_cast<double>(i) * 0.6180339887498949, 1.0);
      const double begin = std::fmod(static_cast<double>(epoch) * share, 1.0);
      if (std::fmod(place - begin + 1.0, 1.0) < share) chosen.push_back(i);
    }
    Batches epoch_batches = plan_batches(data.lessons, std::move(chosen), stage.batch_tokens, seed);
    if (left < 1.0) epoch_batches.resize(static_cast<std::size_t>(left * static_cast<double>(epoch_batches.size())));
    all.insert(all.end(), epoch_batches.begin(), epoch_batches.end());
  }
  return all;
}

/// Products of 2 * 512^3 operations a second, in thousand millions.
double matrix_speed(torch::ScalarType type) {
  constexpr std::int64_t kSide = 512;
  constexpr int kRepeats = 4;
  const torch::NoGradGuard no_gradients;
  const torch::Tensor a = torch::ones({kSide, kSide}, type);
  static_cast<void>(a.mm(a));  // kernels are made at the first use
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRepeats; ++i) static_cast<void>(a.mm(a));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return kRepeats * 2.0 * kSide * kSide * kSide / seconds / 1e9;
}

/// bfloat16 where matrix products profit from it, as on CPUs with AVX-512 or AMX; else float32.
torch::ScalarType fastest_type(const torch::Device& device) {
  if (!device.is_cpu()) return torch::kBFloat16;
  return matrix_speed(torch::kBFloat16) >= matrix_speed(torch::kFloat32) ? torch::kBFloat16 : torch::kFloat32;
}

class LocalTrainer final : public Trainer {
 public:
  LocalTrainer(Recipe recipe, const TrainingData& data, FeatureStore& features, fs::path folder, LanguageModel model,
               TrainedProjector projector, PromptTokenizer tokenizer)
      : recipe_(std::move(recipe)),
        data_(data),
        features_(features),
        folder_(std::move(folder)),
        model_(std::move(model)),
        projector_(std::move(projector)),
        tokenizer_(std::move(tokenizer)),
        fingerprint_(fingerprint(recipe_, features_.kind(), data_.lessons.size())),
        lora_(model_.parameters()),
        mm_projector_(projector_.parameters()) {}

  [[nodiscard]] Result<TrainingEnd> run(const TrainingObserver& observer) override {
    try {
      for (; stage_ < recipe_.stages.size(); ++stage_, step_ = 0) {
        auto end = run_stage(recipe_.stages[stage_], observer);
        if (!end || *end == TrainingEnd::kStopped) return end;
        reset_moments();
      }
      if (auto saved = save_checkpoint(); !saved) return Unexpected{saved.error()};
      return TrainingEnd::kFinished;
    } catch (const c10::Error& error) {
      return fail(ErrorCode::kInternal, std::string("training failed: ") + error.what_without_backtrace());
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::kTooLarge, "memory ran out: a smaller batch_tokens needs less", "batch_tokens");
    }
  }

  [[nodiscard]] Result<void> save_weights(const fs::path& folder) override {
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    LoraAdapter adapter{.name = recipe_.name,
                        .architecture = model_.shape().architecture,
                        .base_name = recipe_.base.stem().string(),
                        .alpha = recipe_.lora_alpha,
                        .pairs = {}};
    for (const LoraPart& part : model_.lora_parts()) {
      adapter.pairs.push_back({part.base, matrix_of(part.a), matrix_of(part.b)});
    }
    if (!adapter.pairs.empty()) {
      if (auto written = write_lora_gguf(folder / kAdapterFile, adapter, StorageType::kF16); !written) return written;
    }
    return write_safetensors(folder / kProjectorFile, projector_.tensors());
  }

  [[nodiscard]] Result<std::string> answer(const dataset::Conversation& conversation) override {
    const torch::NoGradGuard no_gradients;
    Lesson lesson;
    lesson.pictures = pictures_of(conversation);
    auto prompt = tokenizer_.prompt(prompt_of(conversation, recipe_.layout), recipe_.grid * recipe_.grid);
    if (!prompt) return Unexpected{prompt.error()};
    lesson.beginning = std::move(*prompt);
    std::vector<std::int32_t> answer;
    while (answer.size() < kMostAnswerTokens) {
      lesson.branches = {{answer, answer.size()}};
      auto hidden = hidden_of(make_batch({&lesson}));
      if (!hidden) return Unexpected{hidden.error()};
      const auto last = static_cast<std::int64_t>(lesson.tokens()) - 1;
      const auto next = model_.logits(hidden->narrow(0, last, 1)).argmax().item<std::int64_t>();
      if (next == tokenizer_.end_of_turn()) break;
      answer.push_back(static_cast<std::int32_t>(next));
    }
    return tokenizer_.text(answer);
  }

  /// Takes over weights of an earlier run.
  [[nodiscard]] Result<void> start_from(const fs::path& weights) {
    const auto projector = read_tensors(weights / kProjectorFile);
    if (!projector) return Unexpected{projector.error()};
    if (auto set = projector_.set(*projector); !set) return set;
    if (recipe_.lora_r == 0) return {};
    const auto adapter = read_lora_gguf(weights / kAdapterFile);
    if (!adapter) return Unexpected{adapter.error()};
    return set_corrections(*adapter);
  }

  /// Goes on from the folder's checkpoint, if there is one.
  [[nodiscard]] Result<void> resume() {
    const fs::path file = folder_ / kCheckpointFile;
    if (!fs::exists(file)) return {};
    const auto tensors = read_tensors(file);
    if (!tensors) return Unexpected{tensors.error()};
    const auto state = tensors->find("state:" + fingerprint_);
    if (state == tensors->end() || state->second.values.size() != 2) {
      return fail(ErrorCode::kConflict, "'" + file.string() +
                                            "' was made by another recipe or data set: remove it to begin anew, or "
                                            "train in another folder");
    }
    for (auto& [name, to] : checkpoint_tensors()) {
      const auto found = tensors->find(name);
      if (found == tensors->end() || found->second.values.size() != static_cast<std::size_t>(to.numel())) {
        return fail(ErrorCode::kCorrupt, "'" + file.string() + "' lacks " + name);
      }
      set_values(to, found->second.values);
    }
    stage_ = static_cast<std::size_t>(state->second.values[0]);
    step_ = static_cast<std::int64_t>(state->second.values[1]);
    return {};
  }

 private:
  static Matrix matrix_of(const torch::Tensor& tensor) { return {tensor.size(0), tensor.size(1), values_of(tensor)}; }

  static Result<Tensors> read_tensors(const fs::path& file) {
    const auto content = read_file(file, kMostCheckpointBytes);
    if (!content) return Unexpected{content.error()};
    return read_safetensors(*content);
  }

  [[nodiscard]] Result<void> set_corrections(const LoraAdapter& adapter) {
    for (const LoraPart& part : model_.lora_parts()) {
      const auto pair = std::find_if(adapter.pairs.begin(), adapter.pairs.end(),
                                     [&](const LoraPair& candidate) { return candidate.target == part.base; });
      if (pair == adapter.pairs.end() || pair->a.rows != part.a.size(0) || pair->a.columns != part.a.size(1) ||
          pair->b.rows != part.b.size(0)) {
        return fail(ErrorCode::kConflict, "the adapter to start from has no correction of this rank for " + part.base);
      }
      set_values(part.a, pair->a.values);
      set_values(part.b, pair->b.values);
    }
    return {};
  }

  std::vector<std::pair<std::string, torch::Tensor>> checkpoint_tensors() {
    return {{"lora.values", lora_.values()},
            {"lora.first", lora_.first_moment()},
            {"lora.second", lora_.second_moment()},
            {"projector.values", mm_projector_.values()},
            {"projector.first", mm_projector_.first_moment()},
            {"projector.second", mm_projector_.second_moment()}};
  }

  [[nodiscard]] Result<void> save_checkpoint() {
    Tensors tensors;
    for (auto& [name, from] : checkpoint_tensors()) {
      tensors[name] = {{from.numel()}, values_of(from)};
    }
    tensors["state:" + fingerprint_] = {{2}, {static_cast<float>(stage_), static_cast<float>(step_)}};
    return write_safetensors(folder_ / kCheckpointFile, tensors);
  }

  void reset_moments() {
    const torch::NoGradGuard no_gradients;
    for (ParameterGroup* group : {&lora_, &mm_projector_}) {
      group->first_moment().zero_();
      group->second_moment().zero_();
    }
  }

  /// Features of a batch's pictures: float16 [pictures * tokens, channels].
  [[nodiscard]] Result<torch::Tensor> features_of(const std::vector<std::string>& pictures) {
    const FeatureKind& kind = features_.kind();
    const auto tokens = static_cast<std::int64_t>(kind.grid) * kind.grid;
    const torch::Tensor features =
        torch::empty({static_cast<std::int64_t>(pictures.size()) * tokens, kind.channels}, torch::kHalf);
    auto* to = reinterpret_cast<std::uint16_t*>(features.data_ptr<at::Half>());
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      if (auto read = features_.read(pictures[i], to + i * kind.values()); !read) return Unexpected{read.error()};
    }
    return features;
  }

  /// The last hidden rows of a batch.
  [[nodiscard]] Result<torch::Tensor> hidden_of(const Batch& batch) {
    const auto device = model_.options().device;
    torch::Tensor inputs = model_.embed(batch.tokens.to(device));
    if (!batch.pictures.empty()) {
      const auto features = features_of(batch.pictures);
      if (!features) return Unexpected{features.error()};
      inputs = inputs.index_copy(0, batch.visual_places.to(device),
                                 projector_.forward(features->to(device), model_.options().compute_type));
    } else {
      inputs.set_requires_grad(torch::GradMode::is_enabled());
    }
    Layout layout = batch.layout;
    layout.positions = layout.positions.to(device);
    layout.visible = layout.visible.to(device);
    return model_.forward(inputs, layout);
  }

  [[nodiscard]] Result<torch::Tensor> loss_of(const Batch& batch) {
    auto hidden = hidden_of(batch);
    if (!hidden) return hidden;
    const auto device = model_.options().device;
    return model_.loss(hidden->index_select(0, batch.answer_rows.to(device)), batch.answer_tokens.to(device));
  }

  [[nodiscard]] Batch batch_of(const std::vector<Lesson>& lessons, const std::vector<std::size_t>& chosen) const {
    std::vector<const Lesson*> rows;
    for (const std::size_t index : chosen) rows.push_back(&lessons[index]);
    return make_batch(rows);
  }

  /// Takes the mirror image of every second photo that stands alone, where the store has one:
  /// another photo for nothing. Cards speak of places in the photo, so theirs stay as they are.
  void mirror_some(Batch& batch, const std::vector<std::size_t>& chosen, std::size_t number) const {
    std::size_t picture = 0;
    for (const std::size_t index : chosen) {
      const std::size_t count = data_.lessons[index].pictures.size();
      if (count == 1) {
        const std::string mirrored = batch.pictures[picture] + kMirrored;
        if ((index + number) % 2 == 1 && features_.contains(mirrored)) batch.pictures[picture] = mirrored;
      }
      picture += count;
    }
  }

  /// Mean loss over the answers' tokens of the held-out lessons.
  [[nodiscard]] Result<double> dev_loss() {
    const torch::NoGradGuard no_gradients;
    std::vector<std::size_t> all(data_.dev.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    double sum = 0.0;
    double tokens = 0.0;
    for (const auto& chosen : plan_batches(data_.dev, all, kDevBatchTokens, 0)) {
      const Batch batch = batch_of(data_.dev, chosen);
      const auto loss = loss_of(batch);
      if (!loss) return Unexpected{loss.error()};
      const auto count = static_cast<double>(batch.answer_tokens.numel());
      sum += loss->item<double>() * count;
      tokens += count;
    }
    return tokens > 0.0 ? sum / tokens : 0.0;
  }

  [[nodiscard]] Result<void> look_at_held_out(const TrainingObserver& observer) {
    if (observer.on_dev_loss && !data_.dev.empty()) {
      const auto loss = dev_loss();
      if (!loss) return Unexpected{loss.error()};
      observer.on_dev_loss(recipe_.stages[stage_].name, step_, *loss);
    }
    if (!observer.on_sample) return {};
    for (const auto& sample : data_.samples) {
      const auto text = answer(sample);
      if (!text) return Unexpected{text.error()};
      observer.on_sample(sample, *text);
    }
    return {};
  }

  /// Sums since the last report.
  struct Tally {
    double loss = 0.0;
    double answer_tokens = 0.0;
    double tokens = 0.0;
    double conversations = 0.0;
    std::int64_t steps = 0;
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  };

  [[nodiscard]] Result<TrainingEnd> run_stage(const Stage& stage, const TrainingObserver& observer) {
    const Batches batches = plan_stage(recipe_, stage, data_);
    const auto accumulated = static_cast<std::size_t>(std::max(1, stage.gradient_accumulation_steps));
    const auto steps = static_cast<std::int64_t>((batches.size() + accumulated - 1) / accumulated);
    Tally tally;
    while (step_ < steps) {
      const std::size_t first = static_cast<std::size_t>(step_) * accumulated;
      const std::size_t last = std::min(first + accumulated, batches.size());
      if (auto added = add_gradients(batches, first, last, tally); !added) return Unexpected{added.error()};
      ++step_;
      ++tally.steps;
      const double norm = update(stage, steps);
      if (step_ % recipe_.logging_steps == 0 || step_ == steps) report(stage, steps, norm, tally, observer);
      if (recipe_.sample_steps > 0 && (step_ % recipe_.sample_steps == 0 || step_ == steps)) {
        if (auto looked = look_at_held_out(observer); !looked) return Unexpected{looked.error()};
      }
      const bool stops = observer.wants_stop && observer.wants_stop();
      if (stops || step_ % recipe_.save_steps == 0) {
        if (auto saved = save_checkpoint(); !saved) return Unexpected{saved.error()};
      }
      if (stops) return TrainingEnd::kStopped;
    }
    return TrainingEnd::kFinished;
  }

  [[nodiscard]] Result<void> add_gradients(const Batches& batches, std::size_t first, std::size_t last, Tally& tally) {
    lora_.zero_gradients();
    mm_projector_.zero_gradients();
    for (std::size_t i = first; i < last; ++i) {
      Batch batch = batch_of(data_.lessons, batches[i]);
      mirror_some(batch, batches[i], i);
      const auto loss = loss_of(batch);
      if (!loss) return Unexpected{loss.error()};
      (*loss / static_cast<double>(last - first)).backward();
      const auto count = static_cast<double>(batch.answer_tokens.numel());
      tally.loss += loss->item<double>() * count;
      tally.answer_tokens += count;
      for (const std::size_t index : batches[i]) {
        tally.tokens += static_cast<double>(data_.lessons[index].tokens());
        tally.conversations += static_cast<double>(data_.lessons[index].branches.size());
      }
    }
    return {};
  }

  /// Clips the gradients, steps, and returns their norm.
  double update(const Stage& stage, std::int64_t steps) {
    const double norm = std::sqrt(lora_.squared_gradient_norm() + mm_projector_.squared_gradient_norm());
    const double scale = norm > recipe_.max_grad_norm ? recipe_.max_grad_norm / norm : 1.0;
    const AdamOptions options{.weight_decay = recipe_.weight_decay};
    lora_.step(step_, rate_at(stage, stage.learning_rate, step_, steps), scale, options);
    mm_projector_.step(step_, rate_at(stage, stage.mm_projector_lr, step_, steps), scale, options);
    return norm;
  }

  void report(const Stage& stage, std::int64_t steps, double norm, Tally& tally, const TrainingObserver& observer) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - tally.since).count();
    if (observer.on_step) {
      observer.on_step({.stage = stage.name,
                        .step = step_,
                        .steps = steps,
                        .loss = tally.loss / std::max(1.0, tally.answer_tokens),
                        .learning_rate = rate_at(stage, stage.learning_rate, step_, steps),
                        .gradient_norm = norm,
                        .conversations_per_second = tally.conversations / seconds,
                        .tokens_per_second = tally.tokens / seconds,
                        .steps_per_second = static_cast<double>(tally.steps) / seconds});
    }
    tally = {};
  }

  const Recipe recipe_;
  const TrainingData& data_;
  FeatureStore& features_;
  const fs::path folder_;
  LanguageModel model_;
  TrainedProjector projector_;
  const PromptTokenizer tokenizer_;
  const std::string fingerprint_;
  ParameterGroup lora_;
  ParameterGroup mm_projector_;
  std::size_t stage_ = 0;
  std::int64_t step_ = 0;  ///< finished steps of the stage
};

}  // namespace

void use_threads(int threads) {
  // libtorch's own choice is one a physical core; a second on the same core made training 1.5 times as fast.
  torch::set_num_threads(threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
}

void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_TOP_PAD, 256 << 20);
}

std::string warn_of_slow_matrices() {
  constexpr double kLeast = 15.0;  // a naive loop reaches 2 to 5, any optimised library 50 and more
  const double speed = std::max(matrix_speed(torch::kBFloat16), matrix_speed(torch::kFloat32));
  if (torch::cuda::is_available() || speed >= kLeast) return {};
  return "this libtorch multiplies matrices without an optimised library, which is tens of times slower: install "
         "libopenblas0-pthread";
}

Result<std::unique_ptr<Trainer>> Trainer::create(const Recipe& recipe, const TrainingData& data, FeatureStore& features,
                                                 const fs::path& folder) {
  const auto base = GgufFile::open(recipe.base);
  if (!base) return Unexpected{base.error()};
  auto tokenizer = PromptTokenizer::open(recipe.base, recipe.chat_template);
  if (!tokenizer) return Unexpected{tokenizer.error()};
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  try {
    LanguageModel::Options options;
    options.lora = {.rank = recipe.lora_r, .alpha = recipe.lora_alpha};
    options.seed = recipe.seed;
    options.keep_activations = !recipe.gradient_checkpointing;
    if (torch::cuda::is_available()) options.device = torch::kCUDA;
    options.compute_type = fastest_type(options.device);
    auto model = LanguageModel::read(*base, options);
    if (!model) return Unexpected{model.error()};
    const double embedding_size =
        model->embed(torch::arange(std::min<std::int64_t>(1000, model->shape().vocabulary), options.device))
            .square()
            .mean()
            .sqrt()
            .item<double>();
    const ProjectorShape shape{.tokens = static_cast<std::int64_t>(recipe.grid) * recipe.grid,
                               .channels = features.kind().channels,
                               .hidden = recipe.mm_hidden,
                               .width = model->shape().width};
    TrainedProjector projector(shape, embedding_size, recipe.seed + 1, options.device);
    auto trainer = std::make_unique<LocalTrainer>(recipe, data, features, folder, std::move(*model),
                                                  std::move(projector), std::move(*tokenizer));
    if (!recipe.start.empty()) {
      if (auto started = trainer->start_from(recipe.start); !started) return Unexpected{started.error()};
    }
    if (auto resumed = trainer->resume(); !resumed) return Unexpected{resumed.error()};
    return std::unique_ptr<Trainer>(std::move(trainer));
  } catch (const c10::Error& error) {
    return fail(ErrorCode::kInternal, std::string("the trainer cannot start: ") + error.what_without_backtrace());
  }
}

}  // namespace rap::training
