// SPDX-License-Identifier: Apache-2.0
// Recipes, and the shapes of RAP-260K and LLaVA.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "dataset/export_rap.h"
#include "dataset/import_rap.h"
#include "dataset/rap_json.h"
#include "dataset/recipe.h"
#include "dataset/synthesise.h"
#include "tests/dataset/small_set.h"
#include "tests/support/data.h"

namespace rap::dataset {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json json_in(const fs::path& file) { return Json::parse(std::ifstream(file)); }

std::vector<Conversation> conversations_in(const fs::path& folder) {
  std::vector<Conversation> all;
  EXPECT_TRUE(read_conversations(folder, [&](Conversation conversation) {
    all.push_back(std::move(conversation));
    return true;
  }));
  return all;
}

/// As an import gives it back: what a card tells is in its info.
void forget_what_is_merged(Conversation& conversation) {
  for (CardRecord& card : conversation.cards) {
    card.info.clear();
    card.attributes.clear();
  }
}

class ExchangeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rap::testing::make_small_set(folder_.path());
    SynthesisOptions options;
    options.text_contexts = 10;
    ASSERT_TRUE(synthesise(folder_.path(), options, {}));
    ASSERT_TRUE(export_rap(folder_.path(), out_.path()));
  }

  void expect_round_trip(const std::string& file) {
    const rap::testing::TemporaryDir back;
    const auto report = import_rap(out_.path() / file, out_.path(), back.path());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->left_out, 0U);
    std::vector<Conversation> expected;
    for (Conversation& conversation : conversations_in(folder_.path())) {
      if (conversation.split == Split::kTrain) expected.push_back(std::move(conversation));
    }
    auto actual = conversations_in(back.path());
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      forget_what_is_merged(actual[i]);
      forget_what_is_merged(expected[i]);
      EXPECT_EQ(to_json_line(actual[i]), to_json_line(expected[i]));
      if (!actual[i].image.empty()) {
        EXPECT_TRUE(fs::exists(back.path() / actual[i].image));
      }
    }
  }

  rap::testing::TemporaryDir folder_;
  rap::testing::TemporaryDir out_;
};

TEST_F(ExchangeTest, RapShapeComesBack) { expect_round_trip("rap_train.json"); }
TEST_F(ExchangeTest, LlavaShapeComesBack) { expect_round_trip("llava_train.json"); }

TEST_F(ExchangeTest, HasTheShapeThatTrainersRead) {
  for (const Json& entry : json_in(out_.path() / "rap_train.json")) {
    ASSERT_TRUE(entry.contains("id") && entry.contains("conversations") && entry.contains("extra") &&
                entry.contains("type"));
    EXPECT_EQ(entry["conversations"][0]["from"], "human");
    EXPECT_EQ(entry["conversations"][1]["from"], "gpt");
    for (const auto& [picture, card] : entry["extra"].items())
      EXPECT_TRUE(card.contains("name") && card.contains("info") && card.contains("category"));
  }
  for (const Json& entry : json_in(out_.path() / "llava_train.json")) {
    // One mark a picture, in the pictures' order: LLaMA-Factory and ms-swift refuse anything else.
    std::size_t marks = 0;
    for (const Json& turn : entry["conversations"]) {
      const std::string text = turn["value"];
      for (auto at = text.find("<image>"); at != std::string::npos; at = text.find("<image>", at + 1)) ++marks;
    }
    const std::size_t pictures = entry.contains("image") ? entry["image"].size() : 0;
    EXPECT_EQ(marks, pictures);
    for (std::size_t i = 0; i < pictures; ++i)
      EXPECT_TRUE(fs::exists(out_.path() / entry["image"][i].get<std::string>()));
  }
  const Json info = json_in(out_.path() / "dataset_info.json");
  EXPECT_EQ(info["rap_train"]["file_name"], "llava_train.json");
}

TEST(RapJson, ReadsThePublishedShape) {
  const Json published = {
      {"id", 7},
      {"image", "set/1.jpg"},
      {"conversations",
       {{{"from", "human"}, {"value", "<image>\nDoes <D> wear shoes?"}}, {{"from", "gpt"}, {"value", "Yes."}}}},
      {"extra", {{"set/crop_0.jpg", {{"name", "D"}, {"info", "A man in a suit."}, {"category", "person"}}}}},
      {"type", "basic"}};
  const auto conversation = from_rap(published, 0);
  ASSERT_TRUE(conversation) << conversation.error().message;
  EXPECT_EQ(conversation->id, "7");
  EXPECT_EQ(conversation->image, "set/1.jpg");
  EXPECT_EQ(conversation->type, TaskType::kVisualQa);
  EXPECT_EQ(conversation->turns.front().question, "Does <D> wear shoes?");
  ASSERT_EQ(conversation->cards.size(), 1U);
  EXPECT_EQ(conversation->cards.front().image, "set/crop_0.jpg");
  EXPECT_EQ(conversation->cards.front().category, "person");
}

TEST(RapJson, RefusesWhatIsNoConversation) {
  for (const Json& json : {Json::object(), Json::array(), Json(1), Json{{"conversations", Json::array()}}}) {
    const auto conversation = from_rap(json, 3);
    ASSERT_FALSE(conversation);
    EXPECT_EQ(conversation.error().code, ErrorCode::kCorrupt);
  }
}

TEST(Import, LeavesOutPicturesOutsideTheFolder) {
  const rap::testing::TemporaryDir folder;
  std::ofstream(folder.path() / "data.json")
      << R"([{"id": "a", "image": "../../secret.jpg", "conversations": [{"from": "human", "value": "<image>\nHm?"},
           {"from": "gpt", "value": "Hm."}]}, {"id": "b", "conversations": [{"from": "human", "value": "Hi?"},
           {"from": "gpt", "value": "Hi."}]}])";
  const auto report = import_rap(folder.path() / "data.json", folder.path(), folder.path() / "set");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->conversations, 1U);
  EXPECT_EQ(report->left_out, 1U);
}

TEST(Recipe, OfRapMiniIsRead) {
  const auto recipe = read_recipe(rap::testing::source_dir() / "recipes" / "rap-mini.toml", "photos");
  ASSERT_TRUE(recipe) << recipe.error().message;
  EXPECT_EQ(recipe->name, "rap-mini");
  EXPECT_EQ(recipe->synthesis.seed, recipe->seed);
  ASSERT_FALSE(recipe->sources.empty());
  EXPECT_EQ(recipe->sources.front().captions, fs::path("photos/flickr8k/captions.tsv"));
  for (const Source& source : recipe->sources) {
    EXPECT_FALSE(source.licence.empty()) << source.name;
    if (source.name == "dreambooth") {
      EXPECT_NE(source.otherwise, Split::kTrain);
    }
  }
}

TEST(Recipe, MistakesAreNamed) {
  const rap::testing::TemporaryDir folder;
  const auto error_of = [&](const std::string& text) {
    std::ofstream(folder.path() / "r.toml") << text;
    const auto recipe = read_recipe(folder.path() / "r.toml", folder.path());
    EXPECT_FALSE(recipe) << text;
    return recipe ? Error{} : recipe.error();
  };
  EXPECT_EQ(error_of("version = 1\nsede = 3\n").field, "sede");
  EXPECT_EQ(error_of("version = 2\n").field, "version");
  EXPECT_EQ(error_of("version = 1\n[[source]]\nname = \"a\"\nkind = \"films\"\n").field, "source[0].kind");
  EXPECT_EQ(error_of("version = 1\n[synthesise]\navatar_views = -1\n").field, "synthesise.avatar_views");
  EXPECT_EQ(error_of("version = 1\n[synthesise.evidence.right]\nyes = \"often\"\n").field,
            "synthesise.evidence.right.yes");
  EXPECT_EQ(error_of("version = [\n").code, ErrorCode::kCorrupt);
  const auto missing = read_recipe(folder.path() / "none.toml", folder.path());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().field, "recipe");
}

}  // namespace
}  // namespace rap::dataset
