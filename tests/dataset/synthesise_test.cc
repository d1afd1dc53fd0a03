// SPDX-License-Identifier: Apache-2.0
#include "dataset/synthesise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "core/text.h"
#include "dataset/evidence.h"
#include "dataset/facts.h"
#include "dataset/names_pool.h"
#include "dataset/split.h"
#include "dataset/stats.h"
#include "dataset/validate.h"
#include "tests/dataset/small_set.h"
#include "tests/support/data.h"

namespace rap::dataset {
namespace {

std::vector<Conversation> conversations_in(const std::filesystem::path& folder) {
  std::vector<Conversation> all;
  EXPECT_TRUE(read_conversations(folder, [&](Conversation conversation) {
    all.push_back(std::move(conversation));
    return true;
  }));
  return all;
}

class SynthesiseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rap::testing::make_small_set(folder_.path());
    options_.seed = 11;
    options_.contexts_per_photo = 6;
    options_.held_out_contexts_per_photo = 3;
    options_.text_contexts = 20;
    options_.held_out_text_contexts = 5;
  }

  std::vector<Conversation> synthesised() {
    const auto report = synthesise(folder_.path(), options_, {});
    EXPECT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->failed.empty());
    return conversations_in(folder_.path());
  }

  rap::testing::TemporaryDir folder_;
  SynthesisOptions options_;
};

TEST_F(SynthesiseTest, MakesASoundSetOfEveryKind) {
  const auto all = synthesised();
  std::set<TaskType> types;
  for (const Conversation& conversation : all) types.insert(conversation.type);
  for (const TaskType type : {TaskType::kCaption, TaskType::kPersonalCaption, TaskType::kDescription,
                              TaskType::kVisualQa, TaskType::kTextQa, TaskType::kRecognition, TaskType::kGrounding})
    EXPECT_TRUE(types.contains(type)) << task_word(type);
  const auto report = validate(folder_.path(), {});
  ASSERT_TRUE(report) << report.error().message;
  for (const Fault& fault : report->faults) ADD_FAILURE() << fault.what << ", in " << fault.examples.front();
  EXPECT_EQ(report->conversations, all.size());
}

TEST_F(SynthesiseTest, IsTheSameForASeedAndAnotherForAnother) {
  const auto first = synthesised();
  EXPECT_EQ(first, synthesised());
  options_.seed = 12;
  EXPECT_NE(first, synthesised());
}

TEST_F(SynthesiseTest, NeverShowsThePhotoItselfAsAvatarAndPrefersOtherPhotosOfTheInstance) {
  for (const Conversation& conversation : synthesised()) {
    for (const CardRecord& card : conversation.cards) {
      EXPECT_NE(card.image, conversation.image);
      if (conversation.source != "shop" || !card.in_photo || conversation.image.find("composed") != std::string::npos)
        continue;
      const std::string photo = std::filesystem::path(conversation.image).stem().string();
      EXPECT_EQ(card.image.find("avatars/" + photo + "-"), std::string::npos) << conversation.id;
    }
  }
}

TEST_F(SynthesiseTest, HeldOutPhotosGetAllCaptionsAsReferences) {
  bool found = false;
  for (const Conversation& conversation : synthesised()) {
    if (conversation.type != TaskType::kCaption || conversation.split == Split::kTrain ||
        conversation.source != "scenes")
      continue;
    found = true;
    EXPECT_EQ(conversation.references.size(), 5U);
  }
  EXPECT_TRUE(found);
}

TEST_F(SynthesiseTest, ReadsChat) {
  const auto file = folder_.path() / "chat.jsonl";
  std::ofstream(file) << R"({"question": "Hello?", "answer": "Hello."})" << '\n';
  options_.chat = file;
  const auto all = synthesised();
  EXPECT_EQ(all.back().type, TaskType::kChat);
  EXPECT_EQ(all.back().turns.front().answer, "Hello.");
  std::ofstream(file) << "{}\n";
  const auto report = synthesise(folder_.path(), options_, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kCorrupt);
}

TEST_F(SynthesiseTest, StopsWhenAsked) {
  const auto report = synthesise(folder_.path(), options_, [](std::size_t done, std::size_t) { return done < 3; });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kCancelled);
}

TEST_F(SynthesiseTest, StatisticsAddUp) {
  const auto all = synthesised();
  const auto counted = count_set(folder_.path());
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->conversations, all.size());
  std::size_t by_type = 0;
  for (const auto& [type, count] : counted->by_type) by_type += count;
  EXPECT_EQ(by_type, all.size());
  const auto page = to_page(*counted, folder_.path(), 2);
  ASSERT_TRUE(page);
  EXPECT_NE(page->find("data:image/jpeg;base64,"), std::string::npos);
  EXPECT_EQ(page->find("<script"), std::string::npos);
}

TEST_F(SynthesiseTest, ValidationFindsWhatIsWrong) {
  auto all = synthesised();
  auto broken = *std::find_if(all.begin(), all.end(), [](const Conversation& conversation) {
    return conversation.type == TaskType::kPersonalCaption && !conversation.cards.empty();
  });
  broken.id = "broken";
  broken.context = "broken";
  broken.image = "images/none.jpg";
  for (CardRecord& card : broken.cards) card.in_photo = false;
  broken.turns.front().answer = broken.cards.front().name + " sits.";
  all.push_back(broken);
  all.push_back(broken);
  ASSERT_TRUE(write_conversations(folder_.path(), all));
  const auto report = validate(folder_.path(), {});
  ASSERT_TRUE(report);
  std::set<std::string> faults;
  for (const Fault& fault : report->faults) faults.insert(fault.what);
  EXPECT_TRUE(faults.contains("an id is used twice"));
  EXPECT_TRUE(faults.contains("a picture is missing"));
  EXPECT_TRUE(faults.contains("a wrong card's name is in an answer"));
}

TEST(Names, AreManyDistinctAndApart) {
  const NamesPool& pool = NamesPool::instance();
  EXPECT_GE(pool.size(), 1500U);
  std::map<std::string, Split> seen;
  for (const Split split : {Split::kTrain, Split::kDev, Split::kTest}) {
    for (const NameKind kind : {NameKind::kPerson, NameKind::kAnimal, NameKind::kThing}) {
      EXPECT_GE(pool.names(split, kind).size(), 50U);
      for (const std::string& name : pool.names(split, kind)) {
        EXPECT_EQ(split_of_name(name), split);
        EXPECT_EQ(seen.emplace(fold(name), split).first->second, split) << name;
      }
    }
  }
}

TEST(Facts, AreOfManyKindsAndTheirValueStandsInTheSentence) {
  Random random(3);
  for (const NameKind about : {NameKind::kPerson, NameKind::kAnimal, NameKind::kThing}) {
    std::map<std::string, std::set<std::string>> values_of_topic;
    std::set<std::string> keys;
    for (int i = 0; i < 20'000; ++i) {
      const Fact fact = draw_fact(about, Split::kTrain, random);
      const std::string sentence = fact_sentence(fact, "Bo");
      EXPECT_TRUE(sentence.starts_with("Bo ") || sentence.starts_with("Bo's ")) << sentence;
      EXPECT_NE(sentence.find(fact.value), std::string::npos) << sentence;
      EXPECT_NE(fact_note(fact).find(fact.value.substr(1)), std::string::npos) << sentence;
      EXPECT_EQ(fact_note(fact).find('{'), std::string::npos);
      EXPECT_TRUE(mentions(fact_question(fact, "Bo", random), "Bo"));
      EXPECT_TRUE(fact_question(fact, "Bo", random).ends_with('?'));
      values_of_topic[fact.topic].insert(fact.value);
      keys.insert(fact.key);
    }
    EXPECT_GE(values_of_topic.size(), 70U);
    EXPECT_GE(keys.size(), 15U);
    for (const auto& [topic, values] : values_of_topic) EXPECT_GE(values.size(), 6U) << topic;
  }
}

/// `rap eval personal` asks for these, to see whether a model reads a card or knows what to expect.
TEST(Facts, AreNoneThatTheExamAsksFor) {
  Random random(4);
  for (const NameKind about : {NameKind::kPerson, NameKind::kAnimal, NameKind::kThing}) {
    for (int i = 0; i < 20'000; ++i) {
      const std::string sentence = fact_sentence(draw_fact(about, Split::kTrain, random), "Bo");
      for (const char* word : {"found by", "travel", " won ", "last summer"})
        EXPECT_EQ(sentence.find(word), std::string::npos) << sentence;
    }
  }
}

TEST(Evidence, IsRightAsOftenAsAsked) {
  constexpr int kDraws = 20'000;
  const EvidenceOptions options;
  Random random(5);
  const Box truth{0.2F, 0.3F, 0.4F, 0.5F};
  for (const bool right : {true, false}) {
    int yes = 0;
    int maybe = 0;
    for (int i = 0; i < kDraws; ++i) {
      CardRecord card;
      simulate_evidence(card, right ? std::optional(truth) : std::nullopt, options, random);
      yes += card.seen >= 0.5 ? 1 : 0;
      maybe += card.seen >= 0.15 && card.seen < 0.5 ? 1 : 0;
      EXPECT_EQ(card.box.has_value(), card.seen >= 0.15);
      if (card.box) {
        EXPECT_GE(card.box->x, 0.0F);
        EXPECT_LE(card.box->x + card.box->width, 1.0F + 1e-5F);
        EXPECT_LE(card.box->y + card.box->height, 1.0F + 1e-5F);
      }
    }
    const SeenRates& rates = right ? options.right : options.wrong;
    EXPECT_NEAR(static_cast<double>(yes) / kDraws, rates.yes, 0.01);
    EXPECT_NEAR(static_cast<double>(maybe) / kDraws, rates.maybe, 0.01);
  }
}

TEST(HoldOut, GoesByInstanceAndIsStable) {
  std::vector<PhotoRecord> photos;
  for (int i = 0; i < 400; ++i) {
    PhotoRecord photo;
    photo.id = "p" + std::to_string(i);
    photo.source = i % 2 == 0 ? "a" : "b";
    if (i % 4 == 0) photo.instance = "a/" + std::to_string(i / 40);
    photos.push_back(photo);
  }
  hold_out(photos, {{"a", 0.2, 0.1}}, 1);
  const auto once = photos;
  hold_out(photos, {{"a", 0.2, 0.1}}, 1);
  EXPECT_EQ(photos, once);
  std::map<std::string, Split> instances;
  std::size_t dev = 0;
  for (const PhotoRecord& photo : photos) {
    if (photo.source == "b") {
      EXPECT_EQ(photo.split, Split::kTrain);
    }
    dev += photo.split == Split::kDev ? 1 : 0;
    if (!photo.instance.empty()) {
      EXPECT_EQ(instances.emplace(photo.instance, photo.split).first->second, photo.split);
    }
  }
  EXPECT_GT(dev, 15U);
  EXPECT_LT(dev, 80U);
}

}  // namespace
}  // namespace rap::dataset
