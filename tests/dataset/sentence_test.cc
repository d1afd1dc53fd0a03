// SPDX-License-Identifier: Apache-2.0
#include "dataset/sentence.h"

#include <gtest/gtest.h>

namespace rap::dataset {
namespace {

std::string named(const char* caption, const char* phrase) {
  const auto result = name_in_caption(caption, phrase, "Bo");
  return result ? result->text : "-";
}

TEST(Sentence, TidiesCaptions) {
  EXPECT_EQ(tidy_caption("a man 's dog runs ."), "A man's dog runs.");
  EXPECT_EQ(tidy_caption("A black dog and a spotted dog are fighting"), "A black dog and a spotted dog are fighting.");
  EXPECT_EQ(tidy_caption("  Man in brown shirt on sunny street , a crowd in background"),
            "Man in brown shirt on sunny street, a crowd in background.");
  EXPECT_EQ(tidy_caption("A rock with the phrase \" life is short \" painted on it ."),
            "A rock with the phrase \"life is short\" painted on it.");
  EXPECT_EQ(tidy_caption("Stop , please ! "), "Stop, please.");
  EXPECT_EQ(tidy_caption(" . "), "");
  EXPECT_EQ(tidy_caption(""), "");
}

TEST(Sentence, PutsANameInThePlaceOfAPhrase) {
  EXPECT_EQ(named("A brown dog runs through the snow .", "a brown dog"), "Bo runs through the snow.");
  EXPECT_EQ(named("The brown dog is running in the snow", "a brown dog"), "Bo is running in the snow.");
  EXPECT_EQ(named("Brown dog running in the snow", "a brown dog"), "Bo running in the snow.");
  EXPECT_EQ(named("A dog and a man walk on the beach .", "a dog"), "Bo and a man walk on the beach.");
  EXPECT_EQ(named("Two kids and a dog play in the yard .", "a dog"), "Two kids and Bo play in the yard.");
  EXPECT_EQ(named("A woman throws a ball for a small dog .", "a dog"), "A woman throws a ball for Bo.");
  EXPECT_EQ(named("A man holds the dog 's leash .", "a dog"), "A man holds Bo's leash.");
  EXPECT_EQ(named("A black and white dog is swimming .", "a black and white dog"), "Bo is swimming.");
  EXPECT_EQ(named("A man , a woman and a child wait .", "a woman"), "A man, Bo and a child wait.");
}

TEST(Sentence, KeepsPronounsAndLaterMentions) {
  EXPECT_EQ(named("A man rides his bike .", "a man"), "Bo rides his bike.");
  EXPECT_EQ(named("A dog chases another dog .", "a dog"), "Bo chases another dog.");
}

TEST(Sentence, DropsWhatWouldReadBadly) {
  EXPECT_EQ(named("A man who is wearing a hat smiles .", "a man"), "-");   // a relative clause
  EXPECT_EQ(named("A man and woman sitting on a bench .", "a man"), "-");  // a shared article
  EXPECT_EQ(named("A dog sled races down the hill .", "a dog"), "-");      // a compound
  EXPECT_EQ(named("There is a dog on the couch .", "a dog"), "-");         // introduces somebody unknown
  EXPECT_EQ(named("A child dressed as a dog smiles .", "a dog"), "-");     // not a dog
  EXPECT_EQ(named("The animal looks like a dog .", "a dog"), "-");
  EXPECT_EQ(named("Two brown dogs run .", "a brown dog"), "-");         // several
  EXPECT_EQ(named("Another brown dog watches .", "a brown dog"), "-");  // not the first one
  EXPECT_EQ(named("A cat sleeps .", "a dog"), "-");
  EXPECT_EQ(named("", "a dog"), "-");
  EXPECT_EQ(named("A dog .", ""), "-");
}

TEST(Sentence, SaysWhatSomebodyDoes) {
  EXPECT_EQ(name_in_caption("A dog is running in a field .", "a dog", "Bo")->doing, "Bo is running in a field.");
  EXPECT_EQ(name_in_caption("A dog running in a field .", "a dog", "Bo")->doing, "Bo is running in a field.");
  EXPECT_EQ(name_in_caption("A dog runs in a field .", "a dog", "Bo")->doing, "Bo runs in a field.");
  EXPECT_FALSE(name_in_caption("A boy wearing a hat stands .", "a boy", "Bo")->doing);
  EXPECT_FALSE(name_in_caption("A boy holding a ball runs away .", "a boy", "Bo")->doing);
  EXPECT_FALSE(name_in_caption("A ball is thrown to a dog .", "a dog", "Bo")->doing);
}

TEST(Sentence, SaysWhatSomebodyWears) {
  EXPECT_EQ(name_in_caption("A man in a red shirt runs .", "a man", "Bo")->wearing, "Bo is wearing a red shirt.");
  EXPECT_EQ(name_in_caption("A girl wearing blue jeans sits .", "a girl", "Bo")->wearing, "Bo is wearing blue jeans.");
  EXPECT_EQ(name_in_caption("A boy is wearing a hat and a coat .", "a boy", "Bo")->wearing,
            "Bo is wearing a hat and a coat.");
  EXPECT_FALSE(name_in_caption("A man in a field runs .", "a man", "Bo")->wearing);
  EXPECT_FALSE(name_in_caption("A man in the water waves .", "a man", "Bo")->wearing);
}

TEST(Sentence, CountsOnlyWhatCaptionsAgreeOn) {
  EXPECT_EQ(count_in_captions({"Two dogs run .", "Two brown dogs are running .", "A dog ."}), (Count{"two", "dogs"}));
  EXPECT_FALSE(count_in_captions({"Two dogs run .", "Three dogs run ."}));
  EXPECT_FALSE(count_in_captions({"Two dogs run ."}));
  EXPECT_FALSE(count_in_captions({"Two of the dogs run .", "Two of the dogs sit ."}));
}

TEST(Sentence, MakesClauses) {
  EXPECT_EQ(as_clause("The dog runs.", ""), "the dog runs");
  EXPECT_EQ(as_clause("Bo runs.", "Bo"), "Bo runs");
  EXPECT_EQ(with_article("apple"), "an apple");
  EXPECT_EQ(with_article("dog"), "a dog");
}

}  // namespace
}  // namespace rap::dataset
