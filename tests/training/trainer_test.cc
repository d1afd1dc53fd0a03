// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/files.h"
#include "generation/llama/projector.h"
#include "tests/support/data.h"
#include "tests/training/tiny_language_model.h"
#include "training/batch.h"
#include "training/formats/lora.h"
#include "training/language_model.h"
#include "training/projector.h"

namespace rap::training {
namespace {

using dataset::Conversation;
using dataset::TaskType;
using rap::testing::TemporaryDir;

const std::filesystem::path kSmol = std::filesystem::path(RAP_TEST_MODELS_DIR) / "SmolLM2-135M-Instruct.Q4_1.gguf";
constexpr int kGrid = 2;
constexpr int kChannels = 8;

Conversation conversation(const std::string& context, const std::string& question, const std::string& answer,
                          const std::string& image = {}) {
  return {.id = context + question,
          .context = context,
          .type = TaskType::kCaption,
          .source = {},
          .image = image,
          .cards = {},
          .turns = {{question, answer}},
          .references = {}};
}

/// A tiny model, a few pictures and conversations about them.
class TrainerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(testing::write_tiny_language_model(base(), "llama"));
    auto store = FeatureStore::open(folder_.path() / "features", "tiny", {"test", kGrid, kChannels});
    ASSERT_TRUE(store);
    features_.emplace(std::move(*store));
    for (int i = 0; i < 6; ++i) {
      std::vector<float> values(features_->kind().values());
      for (std::size_t k = 0; k < values.size(); ++k)
        values[k] = static_cast<float>((k * 7 + i * 13) % 11) / 5.0F - 1.0F;
      ASSERT_TRUE(features_->add("photo" + std::to_string(i), values));
    }
    std::vector<Conversation> all;
    for (int i = 0; i < 6; ++i) {
      const std::string photo = "photo" + std::to_string(i);
      all.push_back(conversation(photo, "what?", std::string(3, static_cast<char>('a' + i)), photo));
      all.push_back(conversation(photo, "who?", std::string(2, static_cast<char>('k' + i)), photo));
    }
    data_ = data_of(all, base());
  }

  static TrainingData data_of(const std::vector<Conversation>& conversations, const std::filesystem::path& base,
                              int picture_tokens = kGrid * kGrid) {
    const auto tokenizer = PromptTokenizer::open(base, "chatml");
    EXPECT_TRUE(tokenizer);
    auto lessons = make_lessons(conversations, *tokenizer, {PromptLayout::kRapSeen, picture_tokens, 400});
    EXPECT_TRUE(lessons);
    return {.lessons = std::move(lessons->lessons), .dev = {}, .samples = {}};
  }

  [[nodiscard]] std::filesystem::path base() const { return folder_.path() / "base.gguf"; }
  [[nodiscard]] std::filesystem::path run_folder(const std::string& name) const { return folder_.path() / name; }

  [[nodiscard]] Recipe recipe() const {
    Recipe recipe;
    recipe.name = "tiny";
    recipe.base = base();
    recipe.chat_template = "chatml";
    recipe.grid = kGrid;
    recipe.mm_hidden = 16;
    recipe.lora_r = 4;
    recipe.lora_alpha = 8.0;
    recipe.seed = 5;
    recipe.logging_steps = 1;
    recipe.sample_steps = 0;
    recipe.stages = {
        {.name = "one", .epochs = 3.0, .batch_tokens = 300, .share = {}},
        {.name = "two", .epochs = 2.0, .batch_tokens = 300, .gradient_accumulation_steps = 2, .share = {}}};
    return recipe;
  }

  /// Losses of every step; stops after `stop_after` of them.
  std::vector<double> train(const Recipe& recipe, const std::filesystem::path& folder, std::size_t stop_after = 1000) {
    const auto trainer = Trainer::create(recipe, data_, *features_, folder);
    EXPECT_TRUE(trainer) << (trainer ? "" : trainer.error().message);
    if (!trainer) return {};
    std::vector<double> losses;
    const auto end = (*trainer)->run({.on_step = [&](const StepReport& report) { losses.push_back(report.loss); },
                                      .on_dev_loss = {},
                                      .on_sample = {},
                                      .wants_stop = [&] { return losses.size() >= stop_after; }});
    EXPECT_TRUE(end) << (end ? "" : end.error().message);
    EXPECT_TRUE((*trainer)->save_weights(folder));
    return losses;
  }

  TemporaryDir folder_;
  std::optional<FeatureStore> features_;
  TrainingData data_;
};

TEST_F(TrainerTest, ResumesWithTheSameLossesAndWeights) {
  const auto whole = train(recipe(), run_folder("whole"));
  ASSERT_GT(whole.size(), 6U);
  for (const std::size_t stop : {std::size_t{3}, whole.size() - 2}) {
    const auto folder = run_folder("part" + std::to_string(stop));
    auto parts = train(recipe(), folder, stop);
    ASSERT_EQ(parts.size(), stop);
    for (const double loss : train(recipe(), folder)) parts.push_back(loss);
    EXPECT_EQ(parts, whole) << "stopped after " << stop;
    for (const char* file : {"lora.gguf", "projector.safetensors"}) {
      EXPECT_EQ(*read_file(folder / file, 1'000'000), *read_file(run_folder("whole") / file, 1'000'000)) << file;
    }
  }
}

TEST_F(TrainerTest, LearnsWhatItIsShown) {
  Recipe longer = recipe();
  longer.stages = {{.name = "long",
                    .epochs = 150.0,
                    .learning_rate = 1e-2,
                    .mm_projector_lr = 1e-2,
                    .batch_tokens = 2000,
                    .share = {}}};
  const auto losses = train(longer, run_folder("long"));
  EXPECT_LT(losses.back(), 0.1 * losses.front());
}

TEST_F(TrainerTest, RefusesTheCheckpointOfAnotherRecipe) {
  train(recipe(), run_folder("run"), 2);
  Recipe other = recipe();
  other.lora_r = 8;
  const auto refused = Trainer::create(other, data_, *features_, run_folder("run"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

TEST_F(TrainerTest, SaysWhichPictureHasNoFeatures) {
  data_.lessons.front().pictures.front() = "unseen.jpg";
  const auto trainer = Trainer::create(recipe(), data_, *features_, run_folder("run"));
  ASSERT_TRUE(trainer);
  const auto end = (*trainer)->run({});
  ASSERT_FALSE(end);
  EXPECT_NE(end.error().message.find("unseen.jpg"), std::string::npos);
}

TEST_F(TrainerTest, ExportsWhatServingReads) {
  train(recipe(), run_folder("run"), 4);
  const auto adapter = read_lora_gguf(run_folder("run") / "lora.gguf");
  ASSERT_TRUE(adapter);
  EXPECT_EQ(adapter->architecture, "llama");
  EXPECT_EQ(adapter->pairs.size(), 2U * 7U);

  const auto served = Projector::load(run_folder("run") / "projector.safetensors");
  ASSERT_TRUE(served) << served.error().message;
  TrainedProjector trained({kGrid * kGrid, kChannels, 16, testing::kTinyWidth}, 1.0, 0, torch::kCPU);
  const auto file = read_file(run_folder("run") / "projector.safetensors", 1'000'000);
  ASSERT_TRUE(trained.set(*read_safetensors(*file)));
  const torch::Tensor features = torch::randn({kGrid * kGrid, kChannels});
  const torch::Tensor expected = trained.forward(features, torch::kFloat32).detach().contiguous();
  const auto tokens = served->project({features.data_ptr<float>(), static_cast<std::size_t>(features.numel())});
  ASSERT_EQ(static_cast<std::int64_t>(tokens.size()), expected.numel());
  for (std::size_t i = 0; i < tokens.size(); ++i) EXPECT_NEAR(tokens[i], expected.data_ptr<float>()[i], 1e-4);
}

TEST_F(TrainerTest, StartsFromEarlierWeights) {
  train(recipe(), run_folder("first"));
  Recipe next = recipe();
  next.start = run_folder("first");
  next.stages = {{.name = "next", .epochs = 1.0, .learning_rate = 0.0, .mm_projector_lr = 0.0, .share = {}}};
  train(next, run_folder("second"));
  EXPECT_EQ(*read_file(run_folder("second") / "projector.safetensors", 1'000'000),
            *read_file(run_folder("first") / "projector.safetensors", 1'000'000));
}

TEST_F(TrainerTest, BranchesCostWhatSeparateSamplesDo) {
  auto model = LanguageModel::read(*GgufFile::open(base()), {.lora = {.rank = 2}, .compute_type = torch::kFloat32});
  ASSERT_TRUE(model);
  const torch::NoGradGuard no_gradients;
  const auto total_loss = [&](const std::vector<const Lesson*>& lessons) {
    const Batch batch = make_batch(lessons);
    const torch::Tensor hidden = model->forward(model->embed(batch.tokens), batch.layout);
    return model->loss(hidden.index_select(0, batch.answer_rows), batch.answer_tokens).item<double>() *
           static_cast<double>(batch.answer_tokens.numel());
  };
  double separate = 0.0;
  std::vector<const Lesson*> together;
  for (const Lesson& lesson : data_.lessons) {
    ASSERT_EQ(lesson.branches.size(), 2U);
    together.push_back(&lesson);
    for (const Branch& branch : lesson.branches) {
      Lesson alone = lesson;
      alone.branches = {branch};
      separate += total_loss({&alone});
    }
  }
  EXPECT_NEAR(total_loss(together), separate, 1e-3 * separate);
}

TEST_F(TrainerTest, LearnsSixteenSamplesOnTheDefaultBase) {
  if (!std::filesystem::exists(kSmol)) GTEST_SKIP() << "no SmolLM2 at " << kSmol;
  const char* const names[] = {"Bo", "Luna", "Max", "Nora", "Pip", "Rex", "Uma", "Zoe"};
  const char* const things[] = {"red kite",  "blue cup",  "old clock", "green hat",
                                "tin robot", "wool sock", "toy duck",  "big drum"};
  std::vector<Conversation> all;
  for (int i = 0; i < 8; ++i) {
    const std::string name = names[i];
    all.push_back(conversation(name, "What does " + name + " own?", name + " owns a " + things[(i * 3) % 8] + "."));
    all.push_back(conversation(name, "Who owns the " + std::string(things[(i * 3) % 8]) + "?", "It is " + name + "."));
  }
  data_ = data_of(all, kSmol);
  Recipe sixteen = recipe();
  sixteen.base = kSmol;
  sixteen.lora_r = 8;
  sixteen.lora_alpha = 16.0;
  sixteen.stages = {{.name = "sixteen", .epochs = 20.0, .learning_rate = 3e-3, .batch_tokens = 1024, .share = {}}};
  const auto losses = train(sixteen, run_folder("sixteen"));
  EXPECT_GT(losses.front(), 1.0);
  EXPECT_LT(losses.back(), 0.1);
}

TEST(Lessons, ShareTheirBeginning) {
  if (!std::filesystem::exists(kSmol)) GTEST_SKIP() << "no SmolLM2 at " << kSmol;
  const auto tokenizer = PromptTokenizer::open(kSmol, "chatml");
  ASSERT_TRUE(tokenizer);
  Conversation first = conversation("c", "What is Bo doing?", "Bo is running.", "photo.jpg");
  first.cards = {{.name = "Bo",
                  .category = "dog",
                  .info = "Bo is a dog.",
                  .attributes = {},
                  .image = "bo.jpg",
                  .in_photo = true,
                  .seen = 0.9,
                  .box = Box{0.1F, 0.2F, 0.3F, 0.4F}}};
  Conversation second = first;
  second.turns = {{"Is Bo here?", "Yes."}};
  const auto lessons = make_lessons({first, second}, *tokenizer, {PromptLayout::kRapSeen, 4, 400});
  ASSERT_TRUE(lessons);
  ASSERT_EQ(lessons->lessons.size(), 1U);
  const Lesson& lesson = lessons->lessons.front();
  EXPECT_EQ(lesson.pictures, (std::vector<std::string>{"photo.jpg", "bo.jpg"}));
  EXPECT_EQ(std::count(lesson.beginning.begin(), lesson.beginning.end(), kVisualToken), 8);
  ASSERT_EQ(lesson.branches.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const Conversation& one = i == 0 ? first : second;
    std::vector<std::int32_t> whole = lesson.beginning;
    whole.insert(whole.end(), lesson.branches[i].tokens.begin(), lesson.branches[i].tokens.end());
    std::vector<std::int32_t> expected = *tokenizer->prompt(prompt_of(one, PromptLayout::kRapSeen), 4);
    EXPECT_EQ(lesson.beginning.size() + lesson.branches[i].answer, expected.size());
    const auto answer = tokenizer->answer(one.turns.back().answer);
    expected.insert(expected.end(), answer.begin(), answer.end());
    EXPECT_EQ(whole, expected);
  }
  const std::string text = tokenizer->text(lesson.beginning);
  EXPECT_NE(text.find("Name: Bo, Info: Bo is a dog.\nSeen: yes [10,20,40,60]"), std::string::npos) << text;
}

TEST(Lessons, SplitAndLeaveOutWhatIsTooLong) {
  if (!std::filesystem::exists(kSmol)) GTEST_SKIP() << "no SmolLM2 at " << kSmol;
  const auto tokenizer = PromptTokenizer::open(kSmol, "chatml");
  ASSERT_TRUE(tokenizer);
  std::vector<Conversation> all;
  for (int i = 0; i < 6; ++i)
    all.push_back(conversation("c", "Question number " + std::to_string(i) + "?", "Yes, it is."));
  all.push_back(conversation("c", std::string(400, 'x'), "No."));
  const auto lessons = make_lessons(all, *tokenizer, {PromptLayout::kRap, 4, 64});
  ASSERT_TRUE(lessons);
  EXPECT_EQ(lessons->conversations, 6U);
  EXPECT_EQ(lessons->too_long, 1U);
  EXPECT_GT(lessons->lessons.size(), 1U);
  for (const Lesson& lesson : lessons->lessons) EXPECT_LE(lesson.tokens(), 64U);
}

TEST(Batches, HoldEveryLessonOnceWithinTheirSize) {
  std::vector<Lesson> lessons(200);
  for (std::size_t i = 0; i < lessons.size(); ++i) lessons[i].beginning.assign(10 + (i * 37) % 90, 1);
  std::vector<std::size_t> all(lessons.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto batches = plan_batches(lessons, all, 512, 4);
  EXPECT_EQ(batches, plan_batches(lessons, all, 512, 4));
  EXPECT_NE(batches, plan_batches(lessons, all, 512, 5));
  std::vector<std::size_t> seen;
  std::size_t places = 0;
  std::size_t tokens = 0;
  for (const auto& batch : batches) {
    std::size_t longest = 0;
    for (const std::size_t index : batch) {
      seen.push_back(index);
      longest = std::max(longest, lessons[index].tokens());
      tokens += lessons[index].tokens();
    }
    EXPECT_LE(longest * batch.size(), 512U);
    places += longest * batch.size();
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, all);
  EXPECT_LT(static_cast<double>(places), 1.1 * static_cast<double>(tokens)) << "padding";
}

}  // namespace
}  // namespace rap::training
