// SPDX-License-Identifier: Apache-2.0
// Names in captions and short answers, against numbers worked out by hand.
#include <gmock/gmock.h>

#include "evaluation/bootstrap.h"
#include "evaluation/name_scores.h"
#include "evaluation/qa_scores.h"

namespace rap::evaluation {
namespace {

using Names = std::vector<std::string>;

TEST(CountNames, CountsWholeWordsOnceWhateverTheirCase) {
  const NameCounts counts =
      count_names("BO and Bo's friend Bobby play", Names{"Bo", "Mia"}, Names{"Bo", "Mia", "Rex", "Bob"});
  EXPECT_EQ(counts.expected, 2U);
  EXPECT_EQ(counts.right, 1U);
  EXPECT_EQ(counts.wrong, 0U);
  EXPECT_FALSE(counts.says_all());
}

TEST(CountNames, TakesTheLongerOfOverlappingNames) {
  const Names known{"Max", "Max Power"};
  const NameCounts longer = count_names("Max Power sleeps", Names{"Max Power"}, known);
  EXPECT_EQ(longer.right, 1U);
  EXPECT_EQ(longer.wrong, 0U);
  EXPECT_EQ(count_names("Max Power and Max", Names{"Max Power"}, known).wrong, 1U);
}

TEST(NameScores, AreOfAllCaptionsTogether) {
  const Names known{"A1", "B2", "C3"};
  NameCounts sum = count_names("A1 and C3", Names{"A1", "B2"}, known);  // one right, one missing, one wrong
  sum += count_names("B2", Names{"B2"}, known);
  sum += count_names("a dog", Names{"A1"}, known);
  EXPECT_NEAR(name_recall(sum), 2.0 / 4.0, 1e-12);
  EXPECT_NEAR(name_precision(sum), 2.0 / 3.0, 1e-12);
  EXPECT_NEAR(name_f1(sum), 4.0 / 7.0, 1e-12);
  EXPECT_EQ(name_f1(NameCounts{}), 0.0);
}

TEST(NormalisedAnswer, HasNoCaseArticlesPunctuationOrExtraSpaces) {
  EXPECT_EQ(normalised_answer("  The  Dog, is A Corgi. "), "dog is corgi");
  EXPECT_TRUE(is_exactly("A corgi.", Names{"poodle", "Corgi"}));
  EXPECT_FALSE(is_exactly("It is a corgi.", Names{"corgi"}));
  EXPECT_TRUE(says_any("It is a corgi.", Names{"corgi"}));
  EXPECT_FALSE(says_any("It is a corgis' toy", Names{"corgi"}));
}

TEST(YesOrNo, IsTheFirstOfThemThatIsSaid) {
  EXPECT_EQ(yes_or_no("Yes, Bo is there."), true);
  EXPECT_EQ(yes_or_no("no"), false);
  EXPECT_EQ(yes_or_no("Bo is there: yes. No doubt."), true);
  EXPECT_EQ(yes_or_no("I know nothing"), std::nullopt);
}

TEST(ChosenLetter, IsALetterThatStandsAlone) {
  EXPECT_EQ(chosen_letter("b"), 'B');
  EXPECT_EQ(chosen_letter(" (A) Dog"), 'A');
  EXPECT_EQ(chosen_letter("B. Dog"), 'B');
  EXPECT_EQ(chosen_letter("A dog"), std::nullopt);
  EXPECT_EQ(chosen_letter("Dog"), std::nullopt);
  EXPECT_EQ(chosen_letter(""), std::nullopt);
}

TEST(BoxIn, ReadsTheFirstBoxInPercent) {
  const auto box = box_in("Bo is at [see] [10, 20,50,80] and [1,1,2,2].");
  ASSERT_TRUE(box);
  EXPECT_NEAR(box->x, 0.1, 1e-6);
  EXPECT_NEAR(box->height, 0.6, 1e-6);
  for (const char* none : {"", "[1,2,3]", "[5,5,5,9]", "[1,2,3,4", "no box"}) EXPECT_FALSE(box_in(none)) << none;
}

TEST(BootstrapOfThings, HasTheIntervalOfAShare) {
  const auto share = [](std::span<const std::size_t> chosen) {
    std::size_t hits = 0;
    for (const std::size_t index : chosen) hits += index % 4 == 0 ? 0 : 1;
    return static_cast<double>(hits) / static_cast<double>(chosen.size());
  };
  const Estimate estimate = bootstrap(400, share);
  EXPECT_NEAR(estimate.mean, 0.75, 1e-12);
  EXPECT_NEAR(estimate.low, 0.75 - 1.96 * 0.02165, 0.015);
  EXPECT_NEAR(estimate.high, 0.75 + 1.96 * 0.02165, 0.015);
  EXPECT_EQ(bootstrap(0, share).high, 0.0);
}

}  // namespace
}  // namespace rap::evaluation
