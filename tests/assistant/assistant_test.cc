// SPDX-License-Identifier: Apache-2.0
// The whole loop with the real encoder, the real memory and real photos; only the language model
// is a fake, so that every prompt can be read.
#include "rap/assistant.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "core/box_overlap.h"
#include "core/files.h"
#include "image/photo.h"
#include "tests/assistant/fake_generator.h"
#include "tests/assistant/open_parts.h"
#include "tests/support/data.h"

namespace rap {
namespace {

using ::testing::ElementsAre;
using testing::FakeGenerator;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::text_of;

const Owner kOwner;

Bytes photo(const char* name) {
  auto file = read_file(testing::example_photo(name), Limits::kPhotoBytes);
  EXPECT_TRUE(file) << name;
  return file ? *file : Bytes();
}

/// Counts the looks of an encoder shared by all assistants of a test.
class AssistantTest : public ::testing::Test {
 protected:
  void SetUp() override { open("echo"); }

  /// Opens the memory of this test (again), as a new process would.
  void open(std::string answer) {
    assistant_.reset();
    AssistantParts parts;
    ASSERT_NO_FATAL_FAILURE(testing::open_parts(dir_.path() / "memory.db", parts));
    encoder_ = parts.encoder.get();
    parts.generator = std::make_unique<FakeGenerator>(
        [answer = std::move(answer)](const Prompt&, const GenerateOptions& options) {
          return options.prefix.empty() ? answer : options.prefix + " " + answer;
        },
        log_);
    assistant_ = make_assistant(std::move(parts));
  }

  Concept remember(const char* name, const char* file, std::optional<Box> box, const char* info = "") {
    const Bytes bytes = photo(file);
    const NewView view{.photo = bytes, .box = box};
    auto known = assistant_->remember(kOwner, {.name = name, .category = "thing", .info = info}, std::span(&view, 1));
    EXPECT_TRUE(known) << known.error().message;
    return known ? *known : Concept();
  }

  Answer ask(AskRequest request) {
    auto answer = assistant_->ask(kOwner, request, {});
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : Answer();
  }

  testing::TemporaryDir dir_;
  std::shared_ptr<FakeGenerator::Log> log_ = std::make_shared<FakeGenerator::Log>();
  std::unique_ptr<Assistant> assistant_;
  const Encoder* encoder_ = nullptr;
};

TEST_F(AssistantTest, OneLookPerQuestionAndNoneForStoredViews) {
  remember("Bastoncini", "cookie-box.jpg", std::nullopt, "Bastoncini is a box of cookies.");
  remember("Chelsea", "chelsea.jpg", std::nullopt, "Chelsea is a cat.");
  EXPECT_EQ(encoder_->calls(), 2U);
  const int pictures_of_views = log_->pictures;
  EXPECT_EQ(pictures_of_views, 2);

  const Bytes query = photo("cookie-box-in-bag.jpg");
  const Answer answer = ask({.task = Task::kCaption, .photos = {query}});
  EXPECT_THAT(answer.names, ElementsAre("Bastoncini"));
  EXPECT_EQ(encoder_->calls(), 3U) << "one look at the photo, none at the stored views";
  EXPECT_EQ(log_->pictures, pictures_of_views + 1);

  open("echo");  // a new process finds everything kept
  EXPECT_THAT(ask({.task = Task::kCaption, .photos = {query}}).names, ElementsAre("Bastoncini"));
  EXPECT_EQ(encoder_->calls(), 1U);
}

TEST_F(AssistantTest, ACaptionContainsTheNamesOfWhatWasFound) {
  remember("Bastoncini", "cookie-box.jpg", std::nullopt, "Bastoncini is a box of cookies.");
  open("a box in a bag");
  const Bytes query = photo("cookie-box-in-bag.jpg");
  const Answer answer = ask({.task = Task::kCaption, .photos = {query}});
  EXPECT_THAT(answer.text, HasSubstr("Bastoncini"));
  EXPECT_TRUE(answer.name_report.repaired);
  EXPECT_THAT(answer.name_report.missing, ElementsAre("Bastoncini"));

  const Answer as_it_came = ask({.task = Task::kCaption, .photos = {query}, .check_names = false});
  EXPECT_EQ(as_it_came.text, "a box in a bag");
  EXPECT_FALSE(as_it_came.name_report.checked || as_it_came.name_report.repaired);
  EXPECT_THAT(as_it_came.name_report.missing, ElementsAre("Bastoncini"));
}

TEST_F(AssistantTest, CardsSayWhatWasSeen) {
  remember("Bastoncini", "cookie-box.jpg", std::nullopt, "Bastoncini is a box of cookies.");
  const Concept chelsea = remember("Chelsea", "chelsea.jpg", std::nullopt, "Chelsea is a cat.");
  const Bytes query = photo("cookie-box-in-bag.jpg");
  const Answer answer = ask({.photos = {query}, .question = "Who is this?", .card_ids = {chelsea.id, "unknown"}});
  EXPECT_THAT(answer.names, ElementsAre("Bastoncini", "Chelsea"));
  const std::string prompt = text_of(log_->prompts.back());
  EXPECT_THAT(prompt, HasSubstr("Bastoncini is a box of cookies.\nSeen: yes ["));
  EXPECT_THAT(prompt, HasSubstr("Chelsea is a cat.\nSeen: no\n"));

  static_cast<void>(ask({.question = "Who is Chelsea?"}));
  EXPECT_THAT(text_of(log_->prompts.back()), Not(HasSubstr("Seen:"))) << "nothing can be seen without a photo";
}

TEST_F(AssistantTest, OneLookAtEachOfSeveralPhotos) {
  remember("Bastoncini", "cookie-box.jpg", std::nullopt, "Bastoncini is a box of cookies.");
  remember("Chelsea", "chelsea.jpg", std::nullopt, "Chelsea is a cat.");
  const auto looks = encoder_->calls();
  const Bytes box = photo("cookie-box-in-bag.jpg");
  const Bytes cat = photo("chelsea.jpg");
  const Answer answer = ask({.photos = {box, cat}, .question = "Who is this?"});
  EXPECT_EQ(encoder_->calls(), looks + 2);
  ASSERT_EQ(answer.recognitions.size(), 2U);
  EXPECT_EQ(answer.recognitions[0].matches.at(0).name, "Bastoncini");
  EXPECT_EQ(answer.recognitions[1].matches.at(0).name, "Chelsea");
  EXPECT_THAT(answer.names, ElementsAre("Bastoncini", "Chelsea"));
  EXPECT_EQ(answer.text, "Photo 1: echo\nPhoto 2: echo") << "a model of this layout reads one photo at a time";
  EXPECT_THAT(text_of(log_->prompts.back()), Not(HasSubstr("Bastoncini")));
}

TEST_F(AssistantTest, EveryCaptionIsAskedForInWordsThatTheModelWasTaught) {
  const Bytes query = photo("chelsea.jpg");
  static_cast<void>(ask({.task = Task::kCaption, .photos = {query}, .question = "Describe, at length, what you see."}));
  EXPECT_THAT(text_of(log_->prompts.back()), HasSubstr("Give a caption of the image."));
}

TEST_F(AssistantTest, JsonSaysTheAnswerInItsTexts) {
  GenerateOptions generate;
  generate.json = "";
  static_cast<void>(ask({.question = "Who?", .generate = generate}));
  EXPECT_EQ(log_->json.front(), "") << "asked in words first";
  EXPECT_THAT(log_->json.back(), HasSubstr(R"("answer":{"const":"echo"})"));
  const Bytes cat = photo("chelsea.jpg");
  static_cast<void>(ask({.photos = {cat, cat}, .question = "Who?", .generate = generate}));
  EXPECT_THAT(log_->json.back(), HasSubstr("Photo 2: echo")) << "one JSON of all photos";
}

TEST_F(AssistantTest, TheEmbeddingOfAPhotoIsThatOfRetrieval) {
  const auto one = assistant_->embed(photo("chelsea.jpg"));
  const auto same = assistant_->embed(photo("chelsea.jpg"));
  ASSERT_TRUE(one && same);
  EXPECT_EQ(*one, *same);
  EXPECT_EQ(one->size(), encoder_->head().dimensions);
  EXPECT_FALSE(assistant_->embed({}));
}

TEST_F(AssistantTest, AFineLookFindsWhatIsSmallInALargePhoto) {
  remember("Chelsea", "chelsea.jpg", std::nullopt);
  Image large = resize(*decode_photo(photo("background-pavilion.jpg")), 1600, 1066);
  paste(resize(*decode_photo(photo("chelsea.jpg")), 270, 180), 1200, 640, large);
  const Bytes asked = *encode_jpeg(large, 92);

  const auto before = encoder_->calls();
  const auto quick = assistant_->recognize(kOwner, asked, {.quick = true});
  ASSERT_TRUE(quick);
  EXPECT_THAT(quick->matches, IsEmpty());
  EXPECT_EQ(encoder_->calls(), before + 1);

  const auto found = assistant_->recognize(kOwner, asked, {});
  ASSERT_TRUE(found);
  ASSERT_THAT(found->matches, ::testing::SizeIs(1));
  EXPECT_EQ(found->matches.front().name, "Chelsea");
  EXPECT_GT(box_overlap(*found->matches.front().region, {0.75F, 0.6F, 0.17F, 0.17F}), 0.3);
  EXPECT_EQ(encoder_->calls(), before + 3);
}

TEST_F(AssistantTest, UnknownIsAnAnswer) {
  remember("Bastoncini", "cookie-box.jpg", std::nullopt);
  const Bytes query = photo("flower.jpg");
  const Answer answer = ask({.task = Task::kCaption, .photos = {query}});
  EXPECT_THAT(answer.recognitions[0].matches, IsEmpty());
  EXPECT_THAT(answer.names, IsEmpty());
  EXPECT_THAT(text_of(log_->prompts.back()), Not(HasSubstr("Bastoncini")));
}

TEST_F(AssistantTest, WhoRefusedIsNotLookedForInPhotos) {
  const Concept known = remember("Bastoncini", "cookie-box.jpg", std::nullopt, "Bastoncini is a box of cookies.");
  const Bytes query = photo("cookie-box.jpg");
  ConceptPatch patch;
  patch.consent = Consent::kRefused;
  ASSERT_TRUE(assistant_->edit(kOwner, known.id, patch));
  const auto refused = assistant_->recognize(kOwner, query, {});
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->matches, IsEmpty());
  EXPECT_THAT(refused->near, IsEmpty());
  EXPECT_THAT(ask({.question = "What is Bastoncini?"}).names, ElementsAre("Bastoncini"));

  patch.consent = Consent::kGiven;
  ASSERT_TRUE(assistant_->edit(kOwner, known.id, patch));
  const auto given = assistant_->recognize(kOwner, query, {});
  ASSERT_TRUE(given);
  EXPECT_EQ(given->matches.size(), 1U);
}

TEST_F(AssistantTest, AnEditIsInForceForTheVeryNextAnswerInEveryProcess) {
  const Concept known = remember("Bo", "chelsea.jpg", std::nullopt, "Bo likes fish.");
  ask({.question = "What does Bo like?"});
  EXPECT_THAT(text_of(log_->prompts.back()), HasSubstr("Bo likes fish."));

  // Another process writes; this one is not told.
  auto other = open_sqlite_memory(dir_.path() / "memory.db");
  ASSERT_TRUE(other);
  ConceptPatch patch;
  patch.info = "Bo likes tea.";
  ASSERT_TRUE((*other)->patch(kOwner, known.id, patch));
  ask({.question = "What does Bo like?"});
  EXPECT_THAT(text_of(log_->prompts.back()), HasSubstr("Bo likes tea."));
  EXPECT_THAT(text_of(log_->prompts.back()), Not(HasSubstr("fish")));

  ASSERT_TRUE((*other)->forget(kOwner, known.id));
  EXPECT_THAT(ask({.question = "What does Bo like?"}).names, IsEmpty());
}

TEST_F(AssistantTest, AFollowUpKeepsTheConceptsOfTheTurnsBefore) {
  const Concept known = remember("Bo", "chelsea.jpg", std::nullopt, "Bo likes fish.");
  remember("Luna", "coffee.jpg", std::nullopt, "Luna is a cup.");
  const Answer first = ask({.question = "What does Bo like?"});
  EXPECT_THAT(first.concept_ids, ElementsAre(known.id));
  const Turn turn{.question = "What does Bo like?", .answer = first.text, .concept_ids = first.concept_ids};
  const Answer second = ask({.question = "And how old are they?", .turns = {turn}});
  EXPECT_THAT(second.names, ElementsAre("Bo"));
}

TEST_F(AssistantTest, AQuestionWithoutPhotoOrNameIsMatchedByItsWords) {
  remember("Bo", "chelsea.jpg", std::nullopt, "Bo is afraid of vacuum cleaners.");
  remember("Luna", "coffee.jpg", std::nullopt, "Luna is a cup.");
  const Answer answer = ask({.question = "Who is afraid of vacuum cleaners?"});
  EXPECT_THAT(answer.names, ElementsAre("Bo"));
  ASSERT_FALSE(answer.recognitions[0].matches.empty());
  EXPECT_TRUE(answer.recognitions[0].matches[0].evidence.text_fits);
}

TEST_F(AssistantTest, ThePromptDoesNotGrowWithTheMemory) {
  remember("Bo", "chelsea.jpg", std::nullopt, "Bo likes fish.");
  ask({.question = "What does Bo like?"});
  const std::string small = text_of(log_->prompts.back());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(
        assistant_->memory().put(kOwner, {.name = "Concept " + std::to_string(i), .info = "It likes fish."}, {}));
  }
  ask({.question = "What does Bo like?"});
  EXPECT_EQ(text_of(log_->prompts.back()), small);
}

TEST_F(AssistantTest, ABadPhotoAmongSeveralStoresNothing) {
  const Bytes good = photo("chelsea.jpg");
  Bytes truncated = good;
  truncated.resize(truncated.size() / 2);
  const std::vector<NewView> views{{.photo = good}, {.photo = truncated}};
  const auto result = assistant_->remember(kOwner, {.name = "Bo"}, views);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(result.error().field, "views[1].photo");
  EXPECT_EQ(*assistant_->memory().revision(kOwner), 0U);
}

TEST_F(AssistantTest, AnotherOwnerSeesNothing) {
  remember("Bastoncini", "cookie-box.jpg", std::nullopt);
  const Bytes query = photo("cookie-box.jpg");
  const Owner stranger{"stranger"};
  const auto found = assistant_->recognize(stranger, query, {});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->matches, IsEmpty());
  EXPECT_THAT(found->near, IsEmpty());
}

TEST_F(AssistantTest, QuestionsAreChecked) {
  const auto code_of = [&](const AskRequest& request) {
    const auto answer = assistant_->ask(kOwner, request, {});
    return answer ? std::string("no error") : std::string(to_string(answer.error().code)) + " " + answer.error().field;
  };
  EXPECT_EQ(code_of({.question = ""}), "invalid_argument question");
  EXPECT_EQ(code_of({.task = Task::kCaption}), "invalid_argument photo");
  EXPECT_EQ(code_of({.question = "\xFF"}), "invalid_argument question");
  EXPECT_EQ(code_of({.question = std::string(8'001, 'a')}), "too_large question");
}

TEST_F(AssistantTest, ManyThreadsAskWhileOneEdits) {
  const Concept known = remember("Bo", "chelsea.jpg", std::nullopt, "Bo likes fish.");
  const Bytes query = photo("chelsea.jpg");
  std::atomic<bool> failed = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        if (!assistant_->ask(kOwner, {.photos = {query}, .question = "What does Bo like?"}, {})) failed = true;
      }
    });
  }
  for (int i = 0; i < 10; ++i) {
    ConceptPatch patch;
    patch.info = "Bo likes " + std::to_string(i);
    if (!assistant_->edit(kOwner, known.id, patch)) failed = true;
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(failed);
}

}  // namespace
}  // namespace rap
