// SPDX-License-Identifier: Apache-2.0
// How exams are drawn up, and how retrieval is asked as memories grow.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/files.h"
#include "core/text.h"
#include "dataset/conversation.h"
#include "dataset/names_pool.h"
#include "evaluation/memory_growth_task.h"
#include "evaluation/personal_task.h"
#include "evaluation/rap_files.h"
#include "evaluation/set_task.h"
#include "tests/support/data.h"

namespace rap::evaluation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

PhotoFolder folder_of(const std::vector<std::string>& subjects, std::size_t photos_each) {
  PhotoFolder folder{.name = "set", .subjects = subjects, .photos = {}};
  for (std::size_t subject = 0; subject < subjects.size(); ++subject) {
    for (std::size_t i = 0; i < photos_each; ++i) {
      folder.photos.push_back({subjects[subject] + '/' + std::to_string(i) + ".jpg", subject});
    }
  }
  return folder;
}

const std::vector<std::string> kSubjects{"dog", "dog2", "bear_plushie", "clock", "can", "teapot"};

/// The subject whose photo this is.
std::string subject_of(const std::filesystem::path& photo) { return photo.parent_path().string(); }

TEST(PersonalTask, ReadsCategoriesFromFolders) {
  EXPECT_EQ(category_of("dog3"), "dog");
  EXPECT_EQ(category_of("bear_plushie"), "bear plushie");
  EXPECT_EQ(kind_of("bear plushie"), "plushie");
  EXPECT_EQ(kind_of("dog"), "dog");
}

TEST(PersonalTask, MakesDistinctNamesThatNoTrainingDataHas) {
  const auto names = made_names(300, 5);
  ASSERT_THAT(names, SizeIs(300));
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), 300U);
  for (const std::string& name : names) EXPECT_TRUE(dataset::may_use_name(name, dataset::Split::kTest)) << name;
  EXPECT_EQ(names, made_names(300, 5));
  EXPECT_NE(names, made_names(300, 6));
}

TEST(PersonalTask, NeverAsksAboutAnAvatarAndKeepsTheRightCardOutOfWrongMemories) {
  const Exam exam = personal_exam(folder_of(kSubjects, 3), {.draws = 2, .seed = 11, .limit = 0, .groups = {}});
  std::map<std::string, std::size_t> asked;
  for (const ExamQuestion& question : exam.questions) {
    const std::string& group = exam.groups[question.group].key;
    ++asked[group];
    const ExamMemory& memory = exam.memories[question.memory];
    std::map<std::string, std::string> name_of_subject;
    for (const ExamCard& card : memory.cards) {
      name_of_subject[subject_of(card.avatar)] = card.draft.name;
      for (const auto& photo : question.photo) EXPECT_NE(photo, card.avatar);
      EXPECT_THAT(card.draft.info, HasSubstr(card.draft.name));
      EXPECT_FALSE(mentions(card.draft.info, card.draft.category)) << "the card must not tell what it is";
    }
    const bool is_shown = !question.photo.empty() && name_of_subject.contains(subject_of(question.photo.front()));
    if (group.starts_with("wrong") || group == "look_alike_card" || group == "not_known") {
      EXPECT_FALSE(is_shown) << group;
      EXPECT_THAT(question.expected.names, IsEmpty());
    }
    if (group.starts_with("right_card") || group == "all_known") {
      ASSERT_TRUE(is_shown) << group;
      EXPECT_THAT(question.expected.names, ElementsAre(name_of_subject[subject_of(question.photo.front())]));
    }
    if (group == "pair") {
      EXPECT_THAT(question.photo, SizeIs(2));
      EXPECT_THAT(question.expected.names, SizeIs(2));
    }
    if (group == "recognition") {
      EXPECT_EQ(question.expected.yes, is_shown);
    }
    if (group == "text_qa") {
      EXPECT_THAT(question.photo, IsEmpty());
      EXPECT_THAT(memory.cards.front().draft.info, HasSubstr(question.expected.values.front()));
    }
  }
  EXPECT_EQ(asked["right_card"], 2U * 6U * 2U);  // draws, subjects, photos that are no avatar
  EXPECT_EQ(asked["recognition"], 2U * asked["right_card"]);
  EXPECT_EQ(asked["look_alike_card"], 2U * 2U * 2U);  // dog and dog2
  EXPECT_EQ(asked.size(), personal_groups().size());
}

TEST(PersonalTask, LimitsEveryGroupAndBalancesYesAndNo) {
  const Exam exam =
      personal_exam(folder_of(kSubjects, 4), {.draws = 1, .seed = 3, .limit = 6, .groups = {"recognition", "pair"}});
  EXPECT_THAT(exam.questions, SizeIs(12));
  const auto yes = std::count_if(exam.questions.begin(), exam.questions.end(),
                                 [](const ExamQuestion& question) { return question.expected.yes; });
  EXPECT_EQ(yes, 3);
  const Exam again =
      personal_exam(folder_of(kSubjects, 4), {.draws = 1, .seed = 3, .limit = 6, .groups = {"recognition", "pair"}});
  for (std::size_t i = 0; i < exam.questions.size(); ++i) {
    EXPECT_EQ(exam.questions[i].question, again.questions[i].question);
    EXPECT_EQ(exam.questions[i].photo, again.questions[i].photo);
  }
}

dataset::Conversation conversation(const char* id, dataset::TaskType type, const char* answer) {
  dataset::Conversation made;
  made.id = id;
  made.context = "photo 1";
  made.type = type;
  made.split = dataset::Split::kTest;
  made.image = "images/a.jpg";
  made.cards = {{.name = "Bo",
                 .category = "dog",
                 .info = "Bo barks.",
                 .attributes = {},
                 .image = "images/bo.jpg",
                 .in_photo = true},
                {.name = "Rex", .category = "dog", .info = "", .attributes = {}, .image = "", .in_photo = false}};
  made.turns = {{"Who is it?", "Bo."}, {"And now?", answer}};
  return made;
}

TEST(SetTask, TurnsConversationsOfOneSplitIntoQuestions) {
  using dataset::TaskType;
  const testing::TemporaryDir dir;
  auto train = conversation("t", TaskType::kTextQa, "x");
  train.split = dataset::Split::kTrain;
  ASSERT_TRUE(dataset::write_conversations(dir.path(), {conversation("1", TaskType::kPersonalCaption, "Bo runs."),
                                                        conversation("2", TaskType::kRecognition, "No, not Rex."),
                                                        conversation("3", TaskType::kGrounding, "Bo: [10,20,30,40]"),
                                                        conversation("4", TaskType::kChat, "Hello"), train}));
  const auto exam = set_exam(dir.path(), {});
  ASSERT_TRUE(exam) << exam.error().message;
  ASSERT_THAT(exam->questions, SizeIs(3));
  EXPECT_THAT(exam->memories, SizeIs(1));
  EXPECT_THAT(exam->memories[0].cards, SizeIs(2));
  EXPECT_EQ(exam->memories[0].cards[0].avatar, dir.path() / "images/bo.jpg");
  const ExamQuestion& caption = exam->questions[0];
  EXPECT_EQ(caption.task, Task::kCaption);
  EXPECT_EQ(caption.question, "And now?");
  EXPECT_THAT(caption.turns, SizeIs(1));
  EXPECT_THAT(caption.expected.names, ElementsAre("Bo"));
  EXPECT_THAT(caption.given, ElementsAre("Bo", "Rex"));
  EXPECT_FALSE(exam->questions[1].expected.yes);
  EXPECT_TRUE(exam->questions[2].expected.box);
  EXPECT_EQ(set_exam(dir.path(), {.split = dataset::Split::kDev}).error().code, ErrorCode::kNotFound);
}

/// Writes questions and reads them as an exam.
Result<Exam> read_rap(const testing::TemporaryDir& dir, const char* json, bool give_cards = false) {
  EXPECT_TRUE(write_file(dir.path() / "questions.json", as_bytes(json)));
  return rap_files_exam({.questions = dir.path() / "questions.json",
                         .database = "database.json",
                         .images = {},
                         .give_cards = give_cards});
}

TEST(RapFiles, AreReadInTheirFourShapes) {
  const testing::TemporaryDir dir;
  const auto captions = read_rap(dir, R"({"./a.jpg": ["<Anya>", "<Bond>"]})", true);
  ASSERT_TRUE(captions) << captions.error().message;
  EXPECT_EQ(captions->questions[0].task, Task::kCaption);
  EXPECT_THAT(captions->questions[0].expected.names, ElementsAre("Anya", "Bond"));
  EXPECT_THAT(captions->questions[0].given, ElementsAre("Anya", "Bond"));
  EXPECT_EQ(captions->memories[0].rap_database, "database.json");

  const auto recognition =
      read_rap(dir, R"([{"image": "b.png", "concept": "bo", "type": "negative", "correct_answer": false,
      "question": "<image>\nIs <bo> in this image? Answer with a single word or phrase."}])");
  ASSERT_TRUE(recognition) << recognition.error().message;
  EXPECT_EQ(recognition->questions[0].question, "Is bo in this image? Answer with a single word or phrase.");
  EXPECT_FALSE(recognition->questions[0].expected.yes);
  EXPECT_THAT(recognition->questions[0].given, IsEmpty());

  const auto visual = read_rap(dir, R"({"bo": {"./t/3.png": {"question": "What is sks's colour?",
      "options": {"A": "Red", "B": "Blue"}, "correct_answer": "B"}}})");
  ASSERT_TRUE(visual) << visual.error().message;
  EXPECT_EQ(visual->questions[0].question,
            "Question: What is bo's colour?\nOptions:\nA. Red\nB. Blue\nPlease give a single character from the "
            "options above.");
  EXPECT_EQ(visual->questions[0].expected.letter, 'B');
  EXPECT_THAT(visual->questions[0].expected.values, ElementsAre("Blue"));
  EXPECT_THAT(visual->questions[0].photo, SizeIs(1));

  const auto text = read_rap(dir, R"({"bo": {"0": {"question": "Is sks a dog?", "option": {"A": "Yes", "B": "No"},
      "correct_answer": "A"}}})");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(text->questions[0].photo, IsEmpty());
}

TEST(RapFiles, OfAnotherShapeAreRefusedWithoutQuotingThem) {
  const testing::TemporaryDir dir;
  for (const char* json :
       {"", "{", "7", R"({"secret": 1})", R"([{"image": "b.png"}])", R"({"a": {"b": {"question": "secret"}}})",
        R"({"a.jpg": [1]})", R"({"bo": {"0": {"question": "q", "option": {"A": "x"}, "correct_answer": ""}}})"}) {
    const auto exam = read_rap(dir, json);
    ASSERT_FALSE(exam) << json;
    EXPECT_EQ(exam.error().code, ErrorCode::kCorrupt) << json;
    EXPECT_EQ(exam.error().message.find("secret"), std::string::npos);
  }
  EXPECT_EQ(read_rap(dir, "{}").error().code, ErrorCode::kNotFound);
}

/// Subjects whose photos look exactly like themselves and like nothing else.
PhotoSet ideal_set(std::size_t subjects, std::size_t first, std::size_t dimensions, std::size_t photos_each) {
  PhotoSet set{.name = "ideal", .subjects = {}, .photos = {}, .dimensions = dimensions};
  for (std::size_t subject = 0; subject < subjects; ++subject) {
    set.subjects.push_back("subject " + std::to_string(first + subject));
    AlignedFloats look(dimensions, 0.0F);
    look[first + subject] = 1.0F;
    for (std::size_t i = 0; i < photos_each; ++i) {
      set.photos.push_back({.path = {},
                            .subject = subject,
                            .regions = {.boxes = {Box{}}, .values = look, .dimensions = dimensions},
                            .view = look});
    }
  }
  return set;
}

TEST(MemoryGrowth, FillsMemoriesUpWithDistractors) {
  const PhotoSet set = ideal_set(5, 0, 20, 3);
  const auto rows = measure_memory_growth(set, ideal_set(10, 5, 20, 1), {.sizes = {100, 3, 10}, .draws = 4}, {});
  ASSERT_TRUE(rows);
  ASSERT_THAT(*rows, SizeIs(3));
  EXPECT_EQ((*rows)[0].concepts, 3U);
  EXPECT_EQ((*rows)[2].concepts, 15U);  // all there are
  for (const MemoryGrowthRow& row : *rows) {
    EXPECT_EQ(row.recall[0].mean, 1.0);
    EXPECT_EQ(row.accepted.mean, 1.0);
    EXPECT_EQ(row.wrong.mean, 0.0);
  }
}

TEST(MemoryGrowth, SeesThatDoublesPushTheRightConceptDown) {
  // The photos that are asked look more like a distractor than like what was remembered of their subject.
  PhotoSet set = ideal_set(4, 0, 8, 2);
  for (EmbeddedPhoto& photo : set.photos) {
    photo.view[photo.subject] = 0.8F;
    photo.view[4 + photo.subject] = 0.6F;
  }
  const auto rows = measure_memory_growth(set, ideal_set(4, 0, 8, 1), {.sizes = {4, 8}, .draws = 2}, {});
  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)[0].recall[0].mean, 1.0);
  EXPECT_EQ((*rows)[1].recall[0].mean, 0.0);
  EXPECT_EQ((*rows)[1].recall[1].mean, 1.0);
  EXPECT_EQ((*rows)[1].accepted.mean, 0.0);
  EXPECT_EQ((*rows)[1].wrong.mean, 1.0);
  EXPECT_EQ(measure_memory_growth(set, set, {.sizes = {4}, .draws = 2}, [] { return false; }).error().code,
            ErrorCode::kCancelled);
}

}  // namespace
}  // namespace rap::evaluation
