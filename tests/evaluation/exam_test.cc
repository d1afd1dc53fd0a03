// SPDX-License-Identifier: Apache-2.0
// Exams put to the real assistant, with the real encoder and memory; only the language model is a fake,
// which says what a test tells it to.
#include "evaluation/exam.h"

#include <gmock/gmock.h>

#include "app/encoder.h"
#include "assistant/local_assistant.h"
#include "core/files.h"
#include "evaluation/caption_task.h"
#include "evaluation/exam_report.h"
#include "evaluation/gallery_page.h"
#include "memory/sqlite/sqlite_memory.h"
#include "tests/assistant/fake_generator.h"
#include "tests/support/data.h"

namespace rap::evaluation {
namespace {

using testing::example_photo;
using testing::FakeGenerator;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::text_of;

class ExamTest : public ::testing::Test {
 protected:
  /// An assistant whose model answers with `answer` of the prompt's text.
  std::unique_ptr<Assistant> assistant(std::function<std::string(const std::string&)> answer) {
    AssistantParts parts;
    auto memory = open_sqlite_memory(dir_.path() / ("memory" + std::to_string(++opened_) + ".db"));
    EXPECT_TRUE(memory);
    auto encoder = open_encoder(testing::served_models());
    EXPECT_TRUE(encoder);
    parts.memory = std::move(*memory);
    parts.encoder = std::move(*encoder);
    parts.generator = std::make_unique<FakeGenerator>(
        [answer = std::move(answer)](const Prompt& prompt, const GenerateOptions& options) {
          return options.prefix.empty() ? answer(text_of(prompt)) : options.prefix + " again";
        },
        log_);
    return make_assistant(std::move(parts));
  }

  static ExamCard card(const std::string& name, const char* photo) {
    ExamCard made{.draft = {}, .avatar = example_photo(photo)};
    made.draft.name = name;
    made.draft.info = name + " is known.";
    return made;
  }

  /// One question of each kind about two memories.
  static Exam exam() {
    const std::string photo = first_photo();
    Exam made{.groups = {{"names", "names", Measure::kNames}, {"yes_no", "yes or no", Measure::kYesNo}},
              .memories = {{.cards = {card("Quaviko", photo.c_str())}, .rap_database = {}},
                           {.cards = {card("Quaviko", photo.c_str()), card("Selush", second_photo().c_str())},
                            .rap_database = {}}},
              .questions = {}};
    ExamQuestion caption;
    caption.task = Task::kCaption;
    caption.photo = {example_photo(photo.c_str())};
    caption.given = {"Quaviko"};
    caption.expected.names = {"Quaviko"};
    made.questions.push_back(caption);
    ExamQuestion ask;
    ask.group = 1;
    ask.photo = caption.photo;
    ask.question = "Is Selush in the image?";
    ask.memory = 1;
    ask.given = {"Selush"};
    made.questions.push_back(ask);
    return made;
  }

  static std::string first_photo() { return photos().front(); }
  static std::string second_photo() { return photos().back(); }

  static std::vector<std::string> photos() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(testing::source_dir() / "examples" / "photos")) {
      if (entry.path().extension() == ".jpg") names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  static double value(const std::vector<FigureRow>& rows, const std::string& figure, Sitting sitting) {
    for (const FigureRow& row : rows) {
      if (row.figure == figure) return row.values[static_cast<std::size_t>(sitting)]->mean;
    }
    ADD_FAILURE() << "there is no figure " << figure;
    return -1.0;
  }

  testing::TemporaryDir dir_;
  int opened_ = 0;
  std::shared_ptr<FakeGenerator::Log> log_ = std::make_shared<FakeGenerator::Log>();
};

TEST_F(ExamTest, AsksWithTheCardsOfTheMemoryWithoutThemAndWithTheCheck) {
  const auto asked = assistant([](const std::string& prompt) {
    return prompt.find("Name: ") == std::string::npos ? "Yes, a thing." : "No, a mug.";
  });
  int questions = 0;
  const Exam made = exam();
  const auto result = sit(*asked, made, {}, [&] { return ++questions > 0; });
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->is_complete);
  EXPECT_EQ(questions, 2);
  // The avatar's own photo is recognised, so its name has to be said: the check steers to it.
  EXPECT_EQ(*result->answers[0][0], "Yes, a thing.");
  EXPECT_EQ(*result->answers[0][1], "No, a mug.");
  EXPECT_EQ(*result->answers[0][2], "Quaviko again");
  // The unchecked answer to the question breaks no rule and is not asked for twice.
  EXPECT_EQ(*result->answers[1][2], "No, a mug.");
  EXPECT_EQ(result->asked, 5U);
  EXPECT_THAT(result->memory_names[1], ::testing::ElementsAre("Quaviko", "Selush"));

  const auto rows = report(made, *result);
  EXPECT_EQ(value(rows, "recall", Sitting::kUnchecked), 0.0);
  EXPECT_EQ(value(rows, "recall", Sitting::kChecked), 1.0);
  EXPECT_EQ(value(rows, "negative", Sitting::kWithoutMemory), 0.0);
  EXPECT_EQ(value(rows, "negative", Sitting::kChecked), 1.0);

  const auto wrong = failures(made, *result);
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_EQ(wrong[0].question, 0U);
  EXPECT_EQ(wrong[0].sitting, Sitting::kUnchecked);
}

TEST_F(ExamTest, GivesOnlyTheCardsOfItsMemory) {
  const auto asked = assistant([](const std::string&) { return "Yes."; });
  ExamOptions options;
  options.sittings = {Sitting::kUnchecked};
  ASSERT_TRUE(sit(*asked, exam(), options, {}));
  ASSERT_EQ(log_->prompts.size(), 2U);
  EXPECT_THAT(text_of(log_->prompts[0]), HasSubstr("Name: Quaviko"));
  EXPECT_THAT(text_of(log_->prompts[0]), Not(HasSubstr("Selush")));
  EXPECT_THAT(text_of(log_->prompts[1]), HasSubstr("Name: Selush"));
}

TEST_F(ExamTest, KeepsWhatWasAnsweredBeforeAnInterruption) {
  const auto asked = assistant([](const std::string&) { return "Yes."; });
  const Exam made = exam();
  const auto result = sit(*asked, made, {}, [] { return false; });
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->is_complete);
  EXPECT_EQ(result->answers.size(), 1U);
  EXPECT_EQ(report(made, *result).front().questions, 1U);
}

TEST_F(ExamTest, NamesThePhotoThatIsMissing) {
  const auto asked = assistant([](const std::string&) { return "Yes."; });
  Exam made = exam();
  made.questions[0].photo = {dir_.path() / "missing.jpg"};
  const auto result = sit(*asked, made, {}, {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("missing.jpg"));
}

TEST_F(ExamTest, LaysTwoPhotosSideBySide) {
  const auto picture = load({example_photo(first_photo().c_str()), example_photo(second_photo().c_str())});
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_GT(picture->size(), 1000U);
  EXPECT_TRUE(load({})->empty());
}

TEST_F(ExamTest, GalleryPageShowsWrongAnswersAndEscapesEveryText) {
  Exam made = exam();
  made.groups[0].label = "<b>names</b>";
  made.memories[0].cards[0].draft.info = "<script>alert('x')</script>";
  ExamResult result;
  result.memory_names = {{"Quaviko"}, {"Quaviko", "Selush"}};
  result.answers.resize(2);
  result.answers[0][1] = "a mug & <img src=x onerror=y>\x07";
  result.answers[1][1] = "No.";
  const auto page = gallery_page(made, result, {});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(*page, HasSubstr("a mug &amp; &lt;img src=x onerror=y&gt;\xEF\xBF\xBD"));
  EXPECT_THAT(*page, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)"));
  EXPECT_THAT(*page, HasSubstr("&lt;b&gt;names"));
  EXPECT_THAT(*page, HasSubstr("data:image/jpeg;base64,"));
  EXPECT_THAT(*page, HasSubstr("default-src 'none'"));
  for (const char* never : {"<script", "onerror=y>", "http://", "https://", "Is Selush"}) {
    EXPECT_THAT(*page, Not(HasSubstr(never)));  // the right answer is not shown either
  }
}

TEST_F(ExamTest, CaptionsAreJudgedAgainstThoseOfPeopleAndTwoControls) {
  CaptionSet set;
  const auto names = photos();
  for (std::size_t i = 0; i < 3; ++i) set.photos.push_back(example_photo(names[i].c_str()));
  set.references = {{"a red mug on a table"}, {"two dogs run over green grass"}, {"a man rides his old bike"}};
  set.train_references = {{"a dog runs", "a dog sits"}, {"a dog runs"}, {"the moon and many other things at night"}};
  const Exam made = caption_exam(set, {});
  const auto asked = assistant(
      [&, i = std::size_t{0}](const std::string&) mutable { return made.questions[i++].expected.references.front(); });
  ExamOptions options;
  options.sittings = {Sitting::kWithoutMemory};
  const auto result = sit(*asked, made, options, {});
  ASSERT_TRUE(result) << result.error().message;
  const CaptionReport figures = caption_report(set, made, *result, 1);
  EXPECT_EQ(figures.photos, 3U);
  EXPECT_NEAR(figures.captions.bleu[3].mean, 1.0, 1e-12);
  EXPECT_NEAR(figures.captions.cider.mean, 10.0, 1e-9);
  EXPECT_EQ(figures.shuffled.bleu[3].mean, 0.0);
  EXPECT_EQ(figures.typical_caption, "a dog runs");
  EXPECT_EQ(figures.typical.bleu[3].mean, 0.0);
}

TEST(Mark, JudgesChoicesValuesAndBoxes) {
  Expected choice{.values = {"Dog"}, .not_values = {"Cat"}, .letter = 'B'};
  EXPECT_TRUE(mark(Measure::kChoice, choice, {}, "B").is_right);
  EXPECT_FALSE(mark(Measure::kChoice, choice, {}, "A. Cat").is_right);
  EXPECT_TRUE(mark(Measure::kChoice, choice, {}, "It is a dog").is_right);
  EXPECT_FALSE(mark(Measure::kChoice, choice, {}, "a dog or a cat").is_right);
  EXPECT_TRUE(mark(Measure::kValue, choice, {}, "A dog.").is_exact);
  EXPECT_FALSE(mark(Measure::kValue, choice, {}, "It is a dog").is_exact);
  const Expected box{.box = Box{0.1F, 0.1F, 0.4F, 0.4F}};
  EXPECT_TRUE(mark(Measure::kBox, box, {}, "at [10,10,50,48]").is_right);
  EXPECT_FALSE(mark(Measure::kBox, box, {}, "at [60,60,90,90]").is_right);
  EXPECT_TRUE(mark(Measure::kBox, {}, {}, "It is not there.").is_right);
  EXPECT_FALSE(mark(Measure::kBox, {}, {}, "[1,1,9,9]").is_right);
  const std::vector<std::string> known{"Bo", "Rex"};
  EXPECT_TRUE(mark(Measure::kNames, {.names = {"Bo"}}, known, "Bo runs").is_right);
  EXPECT_FALSE(mark(Measure::kNames, {.names = {"Bo"}}, known, "Bo and Rex run").is_right);
}

}  // namespace
}  // namespace rap::evaluation
