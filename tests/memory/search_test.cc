// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "memory/search_terms.h"
#include "tests/memory/store.h"

namespace rap {
namespace {

using testing::must;

class SearchTest : public testing::StoreTest {
 protected:
  std::string put(const std::string& name, const std::string& info, const std::string& category = "") {
    ConceptDraft draft;
    draft.name = name;
    draft.info = info;
    draft.category = category;
    return must(store_->put(owner_, draft, {})).name;
  }

  /// Names of the hits, best first; checks that scores fall.
  std::vector<std::string> search(const std::string& query, std::size_t limit = 10) {
    std::vector<std::string> names;
    float last = std::numeric_limits<float>::max();
    for (const TextHit& hit : must(store_->search_text(owner_, query, limit))) {
      EXPECT_GT(hit.score, 0.0F);
      EXPECT_LE(hit.score, last);
      last = hit.score;
      names.push_back(must(store_->get(owner_, hit.concept_id))->name);
    }
    return names;
  }

  std::string best(const std::string& query) {
    const auto names = search(query);
    return names.empty() ? "" : names.front();
  }
};
RAP_ON_ALL_STORES(SearchTest);

TEST_P(SearchTest, AnswersQuestionsAboutFacts) {
  put("Bo", "A corgi who is afraid of vacuum cleaners.", "dog");
  put("Tom", "A cat that sleeps on the radiator and is afraid of dogs.", "cat");
  put("Mug", "Blue mug from Lisbon, a present of Aunt Carla.", "mug");
  EXPECT_EQ(best("Who is afraid of vacuum cleaners?"), "Bo");
  EXPECT_EQ(best("what did Carla give me?"), "Mug");
  EXPECT_EQ(best("Where does the CAT sleep? radiator"), "Tom");
  EXPECT_EQ(search("afraid").size(), 2U);
  EXPECT_EQ(search("afraid", 1).size(), 1U);
  EXPECT_TRUE(search("afraid", 0).empty());
  EXPECT_TRUE(search("helicopter").empty());
  EXPECT_TRUE(search("who is the of a what does").empty()) << "function words alone find nothing";
}

TEST_P(SearchTest, NamesWeighMoreThanInfo) {
  put("Ball", "A red toy.");
  put("Rex", "Loves his ball. The ball is red.");
  put("Bo", "Afraid of noise.");
  put("Tom", "Sleeps.");
  EXPECT_EQ(best("ball"), "Ball");
}

TEST_P(SearchTest, FindsAliasesCategoriesAndAttributes) {
  ConceptDraft draft;
  draft.name = "Bo";
  draft.aliases = {"Bolle"};
  draft.category = "corgi";
  draft.attributes = {{"birthday", "4 May"}};
  must(store_->put(owner_, draft, {}));
  for (const char* query : {"bolle", "CORGI", "birthday", "may"}) EXPECT_EQ(best(query), "Bo") << query;
}

TEST_P(SearchTest, WorksInManyScripts) {
  put("旺财", "我的狗害怕吸尘器");
  put("กระต่าย", "แมวของฉันชอบปลา");
  put("Мишка", "Боится пылесоса");
  put("كلب", "يخاف من المكنسة");
  put("새싹이", "청소기를 무서워해요");
  put("ポチ", "掃除機が怖い犬");
  EXPECT_EQ(best("谁怕吸尘器？"), "旺财");
  EXPECT_EQ(best("狗"), "旺财");
  EXPECT_EQ(best("ปลา"), "กระต่าย");
  EXPECT_EQ(best("ПЫЛЕСОСА"), "Мишка");
  EXPECT_EQ(best("المكنسة"), "كلب");
  EXPECT_EQ(best("청소기"), "새싹이");
  EXPECT_EQ(best("掃除機"), "ポチ");
}

TEST_P(SearchTest, FollowsEdits) {
  put("Bo", "afraid of vacuum cleaners");
  const Concept bo = *must(store_->find(owner_, "bo"));
  ConceptPatch patch;
  patch.info = "afraid of thunder";
  must(store_->patch(owner_, bo.id, patch));
  EXPECT_TRUE(search("vacuum").empty());
  EXPECT_EQ(best("thunder"), "Bo");
  must(store_->undo(owner_));
  EXPECT_EQ(best("vacuum"), "Bo");
  EXPECT_TRUE(search("thunder").empty());
}

TEST_P(SearchTest, AnyTextIsAQuery) {
  put("Bo", "afraid of \"quotes\" AND NOT nothing");
  for (const char* query :
       {"", " ", "\"", "\"\"\"", "'; DROP TABLE concepts; --", "a AND", "NOT", "NEAR(", "owner:x", "names : bo",
        "* ^ + - : ( ) { }", "bo*", "^bo", "\xFF\xFE", "\xF0\x9F\x98\x80", "bo\nbo"}) {
    EXPECT_TRUE(store_->search_text(owner_, query, 10)) << query;
  }
  EXPECT_EQ(best("\"bo\""), "Bo");
  EXPECT_EQ(best(std::string("x\0bo", 4)), "Bo");
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "word" + std::to_string(i) + " ";
  EXPECT_TRUE(search(many).empty());
}

TEST_P(SearchTest, RandomBytesNeverFail) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  put("Bo", "text");
  for (int round = 0; round < 200; ++round) {
    std::string query(random() % 60, '\0');
    for (char& character : query) character = static_cast<char>(random());
    ASSERT_TRUE(store_->search_text(owner_, query, 10)) << "seed " << seed << " round " << round;
  }
}

TEST(SearchTerms, SplitUnspacedScripts) {
  using Terms = std::vector<std::string>;
  EXPECT_EQ(index_terms("Bo's ZOË-ball"), (Terms{"bo", "s", "zoe", "ball"}));
  EXPECT_EQ(index_terms("吸尘器"), (Terms{"吸", "尘", "器", "吸尘", "尘器"}));
  EXPECT_EQ(query_terms("吸尘器"), (Terms{"吸尘", "尘器"}));
  EXPECT_EQ(query_terms("狗"), (Terms{"狗"}));
  EXPECT_EQ(query_terms("새싹이"), (Terms{"새싹", "싹이"})) << "Hangul by syllables, not Jamo";
  EXPECT_EQ(query_terms("Bo的狗"), (Terms{"bo", "的狗"}));
  EXPECT_EQ(query_terms("who is Bo, the Bo?"), (Terms{"bo"}));
  EXPECT_TRUE(query_terms("").empty());
}

}  // namespace
}  // namespace rap
