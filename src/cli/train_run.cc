// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include "app/paths.h"
#include "cli/context.h"
#include "cli/progress.h"
#include "cli/train.h"
#include "cli/train_card.h"
#include "dataset/text_lines.h"
#include "json/json.h"
#include "training/base_chat.h"
#include "training/compute_features.h"
#include "training/event_log.h"
#include "training/trainer.h"

namespace rap::cli {
namespace {

namespace fs = std::filesystem;
using namespace training;

constexpr std::size_t kSamples = 6;

struct Conversations {
  std::vector<dataset::Conversation> train;
  std::vector<dataset::Conversation> dev;
};

Result<Conversations> read_set(const TrainFlags& flags) {
  Conversations all;
  auto read = dataset::read_conversations(flags.set, [&](dataset::Conversation conversation) {
    if (conversation.split == dataset::Split::kTrain) {
      if (flags.limit == 0 || all.train.size() < flags.limit) all.train.push_back(std::move(conversation));
    } else if (conversation.split == dataset::Split::kDev) {
      all.dev.push_back(std::move(conversation));
    }
    return true;
  });
  if (!read) return Unexpected{read.error()};
  if (all.train.empty()) {
    return fail(ErrorCode::kInvalidArgument, "'" + flags.set.string() + "' has no conversations to train on", "set");
  }
  return all;
}

/// Adds what the base itself says to the recipe's chat questions.
Result<void> add_chat(Context& context, const TrainFlags& flags, const Recipe& recipe, Conversations& all) {
  if (recipe.chat_questions.empty()) return {};
  const auto questions = dataset::read_text_lines(recipe.chat_questions);
  if (!questions) return Unexpected{questions.error()};
  Progress progress(context.console, "chat", questions->size(), context.talkative());
  const fs::path cache = flags.set / ("chat-" + recipe.base.stem().string() + ".jsonl");
  auto chat = chat_of_base(recipe.base, recipe.chat_template, *questions, cache, [&] {
    progress.advance();
    return !context.console.interrupted;
  });
  if (!chat) return Unexpected{chat.error()};
  std::move(chat->begin(), chat->end(), std::back_inserter(all.train));
  return {};
}

/// A few held-out lessons, spread over the set.
std::vector<Lesson> spread(const std::vector<Lesson>& lessons, std::size_t count) {
  std::vector<Lesson> chosen;
  count = std::min(count, lessons.size());
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(lessons[i * lessons.size() / count]);
  return chosen;
}

/// Held-out questions to be answered aloud: those of lessons whose features are needed anyway.
std::vector<dataset::Conversation> sample_questions(const std::vector<dataset::Conversation>& dev) {
  std::vector<dataset::Conversation> samples;
  const std::size_t count = std::min(kSamples, dev.size());
  for (std::size_t i = 0; i < count; ++i) samples.push_back(dev[i * dev.size() / count]);
  return samples;
}

Result<TrainingData> make_data(const Conversations& all, const Recipe& recipe) {
  const auto tokenizer = PromptTokenizer::open(recipe.base, recipe.chat_template);
  if (!tokenizer) return Unexpected{tokenizer.error()};
  const LessonOptions options{recipe.layout, recipe.grid * recipe.grid, recipe.model_max_length};
  auto train = make_lessons(all.train, *tokenizer, options);
  if (!train) return Unexpected{train.error()};
  auto dev = make_lessons(all.dev, *tokenizer, options);
  if (!dev) return Unexpected{dev.error()};
  return TrainingData{.lessons = std::move(train->lessons),
                      .dev = spread(dev->lessons, recipe.dev_lessons),
                      .samples = sample_questions(all.dev),
                      .conversations = train->conversations,
                      .too_long = train->too_long};
}

/// Keys of every picture that training will ask the store for.
std::vector<std::string> needed_pictures(const TrainingData& data) {
  std::vector<std::string> keys = picture_keys(data.lessons, /*mirrored=*/true);
  const auto add = [&](const std::vector<std::string>& more) { keys.insert(keys.end(), more.begin(), more.end()); };
  add(picture_keys(data.dev, /*mirrored=*/false));
  for (const auto& sample : data.samples) add(pictures_of(sample));
  return keys;
}

Result<FeatureStore> open_features(Context& context, const TrainFlags& flags, const Recipe& recipe,
                                   const TrainingData& data) {
  const auto encoder = context.services.open_encoder(context.settings.options);
  if (!encoder) return Unexpected{encoder.error()};
  auto store = FeatureStore::open(flags.set / "features", fmt::format("grid-{}", recipe.grid),
                                  {(*encoder)->fingerprint(), recipe.grid, (*encoder)->channels()});
  if (!store) return store;
  const auto keys = needed_pictures(data);
  Progress progress(context.console, "features", keys.size(), context.talkative());
  auto computed = compute_features(keys, flags.set, **encoder, *store, [&] {
    progress.advance();
    return !context.console.interrupted;
  });
  if (!computed) return Unexpected{computed.error()};
  return store;
}

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Prints and logs what a run tells.
class Reporter {
 public:
  Reporter(Context& context, EventLog log) : context_(context), log_(std::move(log)) {}

  TrainingObserver observer() {
    return {.on_step = [this](const StepReport& report) { step(report); },
            .on_dev_loss = [this](const std::string& stage, std::int64_t step,
                                  double loss) { dev_loss(stage, step, loss); },
            .on_sample = [this](const dataset::Conversation& question,
                                const std::string& answer) { sample(question, answer); },
            .wants_stop = [this] { return context_.console.interrupted.load(); }};
  }

  /// The first failure to write the log.
  [[nodiscard]] const Result<void>& state() const { return state_; }

 private:
  void step(const StepReport& report) {
    record(report.stage, report.step,
           {{"loss", report.loss},
            {"learning_rate", report.learning_rate},
            {"gradient_norm", report.gradient_norm},
            {"conversations_per_second", report.conversations_per_second},
            {"tokens_per_second", report.tokens_per_second}});
    const double left = static_cast<double>(report.steps - report.step) / std::max(1e-9, report.steps_per_second);
    context_.remark(fmt::format("{} {}/{}  loss {:.3f}  {:.1f} conversations/s  {:.0f} min left", report.stage,
                                report.step, report.steps, report.loss, report.conversations_per_second, left / 60.0));
  }

  void dev_loss(const std::string& stage, std::int64_t step, double loss) {
    record(stage, step, {{"dev_loss", loss}});
    context_.remark(fmt::format("{} {}  held-out loss {:.3f}", stage, step, loss));
  }

  void sample(const dataset::Conversation& question, const std::string& answer) {
    context_.remark(fmt::format("  {}\n    {}  (expected: {})", question.turns.back().question, answer,
                                question.turns.back().answer));
  }

  void record(const std::string& stage, std::int64_t step, const std::map<std::string, double>& values) {
    if (context_.settings.json) {
      Json line = {{"stage", stage}, {"step", step}};
      for (const auto& [name, value] : values) line[name] = value;
      print_json(context_.console.out, line);
    }
    if (auto added = log_.add(stage, step, values, now_seconds()); !added && state_) state_ = added;
  }

  Context& context_;
  EventLog log_;
  Result<void> state_;
};

Result<Recipe> resolved_recipe(const Context& context, const TrainFlags& flags) {
  auto recipe = read_recipe(flags.recipe);
  if (!recipe || fs::exists(recipe->base)) return recipe;
  auto base = find_model_file(context.settings.options, recipe->base);
  if (!base) return Unexpected{base.error()};
  recipe->base = std::move(*base);
  return recipe;
}

Result<ExitCode> train(Context& context, const TrainFlags& flags) {
  keep_freed_memory();
  use_threads(context.settings.options.threads);
  if (auto slow = warn_of_slow_matrices(); !slow.empty()) context.remark(slow);
  const auto recipe = resolved_recipe(context, flags);
  if (!recipe) return Unexpected{recipe.error()};
  auto conversations = read_set(flags);
  if (!conversations) return Unexpected{conversations.error()};
  if (auto added = add_chat(context, flags, *recipe, *conversations); !added) return Unexpected{added.error()};
  const auto data = make_data(*conversations, *recipe);
  if (!data) return Unexpected{data.error()};
  context.remark(fmt::format("{} conversations in {} lessons{}", data->conversations, data->lessons.size(),
                             data->too_long > 0 ? fmt::format("; {} too long, left out", data->too_long) : ""));
  auto features = open_features(context, flags, *recipe, *data);
  if (!features) return Unexpected{features.error()};
  const auto trainer = Trainer::create(*recipe, *data, *features, flags.output);
  if (!trainer) return Unexpected{trainer.error()};
  auto log = EventLog::open(flags.output);
  if (!log) return Unexpected{log.error()};
  Reporter reporter(context, std::move(*log));
  const auto end = (*trainer)->run(reporter.observer());
  if (!end) return Unexpected{end.error()};
  if (!reporter.state()) return Unexpected{reporter.state().error()};
  if (auto saved = (*trainer)->save_weights(flags.output); !saved) return Unexpected{saved.error()};
  if (*end == TrainingEnd::kStopped) {
    return fail(ErrorCode::kCancelled, "stopped; the same command goes on from '" + flags.output.string() + "'");
  }
  if (auto card = write_card(context, flags, *recipe); !card) return Unexpected{card.error()};
  context.remark(fmt::format("weights and their card: {}", flags.output.string()));
  return ExitCode::kOk;
}

}  // namespace

RunTraining training_of_this_program() { return train; }

}  // namespace rap::cli
