// SPDX-License-Identifier: Apache-2.0
// BLEU and CIDEr-D against numbers worked out by hand or by an independent program.
#include <gmock/gmock.h>

#include <cmath>

#include "evaluation/bleu.h"
#include "evaluation/caption_figures.h"
#include "evaluation/cider.h"

namespace rap::evaluation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::vector<std::string>> kReferences{
    {"A dog runs through the grass .", "A brown dog is running on a lawn."},
    {"A man rides a red bike", "The man is riding a bike down the street."},
    {"Two children play in the water", "Kids are playing in the sea"}};

std::vector<Words> words_of(const std::vector<std::string>& captions) {
  std::vector<Words> words;
  for (const std::string& caption : captions) words.push_back(caption_words(caption));
  return words;
}

std::vector<std::vector<Words>> corpus() {
  std::vector<std::vector<Words>> words;
  for (const auto& references : kReferences) words.push_back(words_of(references));
  return words;
}

BleuCounts bleu_counts(const std::vector<std::string>& captions) {
  BleuCounts sum;
  const auto references = corpus();
  for (std::size_t i = 0; i < captions.size(); ++i) sum += count_bleu(caption_words(captions[i]), references[i]);
  return sum;
}

TEST(CaptionWords, AreLowerCaseWithoutPunctuationAndWithCliticsApart) {
  EXPECT_THAT(caption_words("A dog's T-shirt, isn't (it) 3?"),
              ElementsAre("a", "dog", "'s", "t-shirt", "is", "n't", "it", "3"));
  EXPECT_THAT(caption_words("the man 's hat -- 'so' ..."), ElementsAre("the", "man", "'s", "hat", "so"));
  EXPECT_THAT(caption_words("café"), ElementsAre("café"));
  EXPECT_THAT(caption_words(" .,; "), IsEmpty());
}

TEST(CountNgrams, CountsRunsOfUpToFourWords) {
  const Ngrams ngrams = count_ngrams({"a", "b", "a", "b", "c"});
  EXPECT_EQ(ngrams[0].at("a"), 2);
  EXPECT_EQ(ngrams[1].at("a b"), 2);
  EXPECT_EQ(ngrams[2].size(), 3U);
  EXPECT_EQ(ngrams[3].at("b a b c"), 1);
  EXPECT_EQ(count_ngrams({"a"})[1].size(), 0U);
}

TEST(Bleu, OfPapinenisExampleClipsRepeatedWords) {
  const BleuCounts counts = count_bleu(caption_words("the the the the the the the"),
                                       words_of({"The cat is on the mat.", "There is a cat on the mat."}));
  EXPECT_EQ(counts.matched[0], 2U);
  EXPECT_EQ(counts.total[0], 7U);
  EXPECT_EQ(counts.reference_length, 7U);
  EXPECT_NEAR(bleu(counts, 1), 2.0 / 7.0, 1e-12);
  EXPECT_EQ(bleu(counts, 2), 0.0);
}

TEST(Bleu, ChoosesTheClosestReferenceAndOfTwoTheShorter) {
  const auto closest = [](const char* caption) {
    return count_bleu(caption_words(caption), words_of({"a b c d e f", "a b"})).reference_length;
  };
  EXPECT_EQ(closest("x x x"), 2U);
  EXPECT_EQ(closest("x x x x"), 2U);
  EXPECT_EQ(closest("x x x x x"), 6U);
}

TEST(Bleu, OfACorpusAgreesWithAnIndependentProgram) {
  const BleuCounts sum =
      bleu_counts({"A brown dog runs on the grass.", "a man is riding a bike", "Two dogs play in the grass"});
  EXPECT_NEAR(bleu(sum, 1), 0.894736842105, 1e-9);
  EXPECT_NEAR(bleu(sum, 2), 0.784303244254, 1e-9);
  EXPECT_NEAR(bleu(sum, 3), 0.618488399496, 1e-9);
  EXPECT_NEAR(bleu(sum, 4), 0.466397450405, 1e-9);
  const BleuCounts brief = bleu_counts({"a dog runs", "a man", "water water water in the sea"});
  EXPECT_NEAR(bleu(brief, 1), 0.432992733955, 1e-9);
  EXPECT_NEAR(bleu(brief, 2), 0.378438842137, 1e-9);
}

TEST(Bleu, OfAReferenceIsOne) {
  EXPECT_NEAR(bleu(bleu_counts({kReferences[0][1], kReferences[1][1], kReferences[2][0]}), 4), 1.0, 1e-12);
}

TEST(Cider, AgreesWithAnIndependentProgram) {
  const auto references = corpus();
  const Cider cider(references);
  const auto score = [&](const char* caption, std::size_t photo) {
    return cider.score(caption_words(caption), references[photo]);
  };
  EXPECT_NEAR(score("A brown dog runs on the grass.", 0), 2.641264473040, 1e-9);
  EXPECT_NEAR(score("a man is riding a bike", 1), 3.690236582586, 1e-9);
  EXPECT_NEAR(score("Two dogs play in the grass", 2), 2.062500000000, 1e-9);
  EXPECT_NEAR(score("a dog runs", 0), 2.364632703147, 1e-9);
  EXPECT_NEAR(score("water water water in the sea", 2), 1.620565553510, 1e-9);
  EXPECT_EQ(score("", 0), 0.0);
}

TEST(CaptionFigures, ReportCorpusBleuAndMeanCiderWithIntervals) {
  const std::vector<std::string> captions{"A brown dog runs on the grass.", "a man is riding a bike",
                                          "Two dogs play in the grass"};
  const CaptionFigures figures = caption_figures(captions, kReferences);
  EXPECT_NEAR(figures.bleu[0].mean, 0.894736842105, 1e-9);
  EXPECT_NEAR(figures.bleu[3].mean, 0.466397450405, 1e-9);
  EXPECT_NEAR(figures.cider.mean, (2.641264473040 + 3.690236582586 + 2.062500000000) / 3.0, 1e-9);
  EXPECT_LE(figures.cider.low, figures.cider.mean);
  EXPECT_GE(figures.cider.high, figures.cider.mean);
  EXPECT_EQ(caption_figures({}, {}).cider.mean, 0.0);
}

}  // namespace
}  // namespace rap::evaluation
