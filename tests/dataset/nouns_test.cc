// SPDX-License-Identifier: Apache-2.0
#include "dataset/nouns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rap::dataset {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

/// Captions that teach the usual words.
std::vector<std::string> corpus() {
  std::vector<std::string> captions;
  for (int i = 0; i < 30; ++i) {
    for (const char* caption :
         {"A brown dog runs through the grass .", "Two dogs play with a red ball .", "The man is on a bike .",
          "A boy in a blue shirt is in the water .", "A woman and a child walk down the street .",
          "A girl jumps over the puddle .", "The dog is in the snow .", "The quokka is on a rock .",
          "A quokka , a man and a kid .", "The player throws the ball .", "A girl in the dress is here .",
          "A man with a hat on the beach ."}) {
      captions.emplace_back(caption);
    }
  }
  return captions;
}

class NounsTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> nouns(const std::string& caption) const {
    std::vector<std::string> found;
    for (const Mention& mention : find_mentions(caption, lexicon)) found.push_back(mention.noun);
    return found;
  }

  [[nodiscard]] std::vector<Described> described(const std::vector<std::string>& captions) const {
    return describe_photo(captions, lexicon);
  }

  const Lexicon lexicon = Lexicon::learn(corpus());
};

TEST_F(NounsTest, LearnsNounsFromWhereTheyStandAndNotVerbs) {
  EXPECT_EQ(lexicon.noun_of("dog"), "dog");
  EXPECT_EQ(lexicon.noun_of("quokka"), "quokka");  // in no list
  EXPECT_EQ(lexicon.noun_of("quokkas"), "quokka");
  for (const char* word : {"runs", "jumps", "brown", "throws", "is", "the", "unheard"}) {
    EXPECT_EQ(lexicon.noun_of(word), std::nullopt) << word;
  }
}

TEST_F(NounsTest, PluralsAndSynonymsBecomeOneNoun) {
  EXPECT_EQ(lexicon.noun_of("dogs"), "dog");
  EXPECT_EQ(lexicon.noun_of("men"), "man");
  EXPECT_EQ(lexicon.noun_of("kid"), "child");
  EXPECT_EQ(lexicon.noun_of("children"), "child");
}

TEST_F(NounsTest, FindsPhrasesWithTheirModifiers) {
  const auto mentions = find_mentions("A small black and white dog chases a red rubber ball .", lexicon);
  ASSERT_EQ(mentions.size(), 2U);
  EXPECT_EQ(mentions[0].phrase, "a small black and white dog");
  EXPECT_THAT(mentions[0].modifiers, ElementsAre("small", "black and white"));
  EXPECT_FALSE(mentions[0].plural);
  EXPECT_EQ(mentions[1].phrase, "a red rubber ball");
}

TEST_F(NounsTest, KnowsOneFromSeveral) {
  EXPECT_TRUE(find_mentions("Two dogs run", lexicon).at(0).plural);
  EXPECT_TRUE(find_mentions("The dogs run", lexicon).at(0).plural);
  EXPECT_FALSE(find_mentions("His dog runs", lexicon).at(0).plural);
}

TEST_F(NounsTest, FindsClothes) {
  const auto mentions = find_mentions("A man in a blue shirt and a hat rides a bike", lexicon);
  ASSERT_FALSE(mentions.empty());
  EXPECT_EQ(mentions[0].noun, "man");
  EXPECT_THAT(mentions[0].clothes, ElementsAre("blue shirt", "hat"));
}

TEST_F(NounsTest, AnyTextIsSafe) {
  for (const char* text : {"", "a", "the the the", "and", ".", "a and a", "\xff\xfe", "A", "a brown", ", , , black and",
                           "a black and", "in in in a", "A man in", "a man wearing a"}) {
    (void)find_mentions(text, lexicon);
    (void)describe_photo(std::vector<std::string>{text}, lexicon);
  }
}

TEST_F(NounsTest, DescribesWhatTheCaptionsAgreeOn) {
  const auto things = described({"A brown dog with a ball .", "A dog runs with a red ball .",
                                 "The big brown dog runs .", "A dog is on a street .", "A man is here ."});
  ASSERT_EQ(things.size(), 2U);  // the man is in one caption only, the street has no name
  EXPECT_EQ(things[0].noun, "dog");
  EXPECT_EQ(things[0].category, "animal");
  EXPECT_EQ(things[0].phrase, "a big brown dog");
  EXPECT_THAT(things[0].attributes, UnorderedElementsAre(Pair("colour", "brown"), Pair("size", "big")));
  EXPECT_EQ(things[0].captions, 4U);
  EXPECT_EQ(things[1].noun, "ball");
  EXPECT_THAT(things[1].attributes, ElementsAre(Pair("colour", "red")));
}

TEST_F(NounsTest, LeavesOutWhatThereAreSeveralOf) {
  EXPECT_TRUE(described({"Two dogs play .", "A dog and a dog .", "The dogs are here ."}).empty());
  EXPECT_TRUE(described({"A brown dog and a white dog .", "A dog runs ."}).empty());
}

TEST_F(NounsTest, AWordForAnybodyGivesWayToATellingOne) {
  const auto things = described({"A child runs .", "The girl runs .", "A player runs ."});
  ASSERT_EQ(things.size(), 1U);
  EXPECT_EQ(things[0].noun, "girl");
  EXPECT_EQ(things[0].captions, 3U);
}

TEST_F(NounsTest, SaysNothingOfTheColourOfAPersonsSkin) {
  const auto things = described({"A black man is here .", "A man is here ."});
  ASSERT_EQ(things.size(), 1U);
  EXPECT_EQ(things[0].phrase, "a man");
  EXPECT_TRUE(things[0].attributes.empty());
}

TEST(Categories, KnownKindsAndNameableThings) {
  EXPECT_EQ(category_of("dog"), "animal");
  EXPECT_EQ(category_of("bike"), "vehicle");
  EXPECT_EQ(category_of("quokka"), "quokka");
  EXPECT_TRUE(is_nameable("dog"));
  EXPECT_TRUE(is_nameable("quokka"));
  for (const char* noun : {"grass", "shirt", "mouth", "group", "picture"}) EXPECT_FALSE(is_nameable(noun)) << noun;
}

}  // namespace
}  // namespace rap::dataset
