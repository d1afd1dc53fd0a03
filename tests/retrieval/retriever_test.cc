// SPDX-License-Identifier: Apache-2.0
#include "retrieval/retriever.h"

#include <gmock/gmock.h>

#include <map>
#include <numeric>
#include <random>
#include <string>

namespace rap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t kDimensions = 4;
using Vector = std::vector<float>;

/// p = 0.5 at similarity 0.7 with the largest margin; a margin of 0 costs 0.2 of similarity.
constexpr Calibration kCalibration{.similarity_weight = 40.0, .margin_weight = 80.0, .bias = -36.0};

constexpr Box kLeft{0.0F, 0.0F, 0.5F, 1.0F};
constexpr Box kRight{0.5F, 0.0F, 0.5F, 1.0F};
constexpr Box kMiddle{0.25F, 0.0F, 0.5F, 1.0F};
constexpr Box kAlmostLeft{0.1F, 0.0F, 0.5F, 1.0F};

/// One unit vector an axis, so that a region's similarity with concept i is its coordinate i.
Vector axis(std::size_t index) {
  Vector vector(kDimensions, 0.0F);
  vector[index] = 1.0F;
  return vector;
}

/// A gallery of concepts with these views (one row each); names are "a", "b", ...
Gallery gallery_of(const std::vector<std::vector<Vector>>& concepts_views) {
  std::vector<Concept> concepts;
  std::map<std::string, Vector> rows;
  for (const auto& views : concepts_views) {
    Concept known;
    known.name = concepts.size() < 26 ? std::string(1, static_cast<char>('a' + concepts.size()))
                                      : "concept " + std::to_string(concepts.size());
    known.id = "id of " + known.name;
    for (const Vector& view : views) {
      View stored;
      stored.photo = "photo " + std::to_string(rows.size());
      rows[stored.photo] = view;
      known.views.push_back(stored);
    }
    concepts.push_back(known);
  }
  return {1, concepts, kDimensions, [&](const std::string& key) { return std::span<const float>(rows.at(key)); }};
}

Regions regions_of(const std::vector<std::pair<Box, Vector>>& regions) {
  Regions result;
  result.dimensions = kDimensions;
  for (const auto& [box, values] : regions) {
    result.boxes.push_back(box);
    result.values.insert(result.values.end(), values.begin(), values.end());
  }
  return result;
}

std::vector<std::string> names(const std::vector<Match>& matches) {
  std::vector<std::string> result;
  for (const Match& match : matches) result.push_back(match.name);
  return result;
}

Recognition find(const Gallery& gallery, const Regions& regions, const RecognizeOptions& options = {}) {
  return retrieve(gallery, regions, options, kCalibration);
}

TEST(Retrieve, FindsNothingInAnEmptyMemory) {
  const Recognition found = find(gallery_of({}), regions_of({{kLeft, {0.9F, 0, 0, 0}}}));
  EXPECT_THAT(found.matches, IsEmpty());
  EXPECT_THAT(found.near, IsEmpty());
}

TEST(Retrieve, AcceptsAtTheThresholdAndReportsNearMissesBelow) {
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}});
  const Regions regions = regions_of({{kLeft, {0.75F, 0.1F, 0, 0}}});
  const Recognition found = find(gallery, regions);
  ASSERT_THAT(found.matches, SizeIs(1));
  const Match& match = found.matches[0];
  EXPECT_EQ(match.name, "a");
  EXPECT_EQ(match.concept_id, "id of a");
  EXPECT_EQ(match.region, kLeft);
  EXPECT_NEAR(match.probability, kCalibration.probability({0.75F, kMarginCap}), 1e-6);
  EXPECT_NEAR(match.evidence.looks_like.value(), 0.75, 1e-6);
  EXPECT_FALSE(match.evidence.is_named);
  EXPECT_THAT(found.near, IsEmpty());

  const Recognition strict = find(gallery, regions, {.threshold = match.probability + 0.01});
  EXPECT_THAT(strict.matches, IsEmpty());
  EXPECT_THAT(names(strict.near), ElementsAre("a"));
  EXPECT_THAT(names(find(gallery, regions, {.threshold = match.probability}).matches), ElementsAre("a"));
}

TEST(LeastProbability, IsTheThresholdUnlessAFalseRateChoosesIt) {
  EXPECT_EQ(least_probability({.threshold = 0.3}, kCalibration), 0.3);
  EXPECT_EQ(least_probability({.threshold = 0.3, .max_false_rate = 0.01}, kCalibration),
            kCalibration.threshold_for_false_rate(0.01));
}

TEST(Retrieve, AcceptsLessTheRarerAFalseNameMayBe) {
  const Gallery gallery = gallery_of({{axis(0)}});
  const Regions regions = regions_of({{kLeft, axis(0)}});
  EXPECT_THAT(retrieve(gallery, regions, {.max_false_rate = 1.0}, kCalibration).matches, SizeIs(1));
  EXPECT_THAT(retrieve(gallery, regions, {.max_false_rate = 0.0}, kCalibration).matches, IsEmpty());
}

TEST(ConceptSimilarities, AreTheSameHoweverManyThreadsWorkAndHoweverManyViewsThereAre) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> any(0.0F, 1.0F);
  const auto vector = [&] { return Vector{any(random), any(random), any(random), any(random)}; };
  std::vector<std::vector<Vector>> views(700);
  for (std::size_t i = 0; i < views.size(); ++i) views[i].assign(1 + i % 3, vector());
  std::vector<std::pair<Box, Vector>> boxes;
  for (int i = 0; i < 7; ++i) boxes.emplace_back(kLeft, vector());
  const Gallery gallery = gallery_of(views);
  const Regions regions = regions_of(boxes);
  const std::vector<float> alone = concept_similarities(gallery, regions);
  for (std::size_t region = 0; region < boxes.size(); ++region) {
    for (std::size_t i = 0; i < views.size(); ++i) {
      const Vector& view = views[i].front();
      const float expected = std::inner_product(view.begin(), view.end(), boxes[region].second.begin(), 0.0F);
      ASSERT_NEAR(alone[region * views.size() + i], expected, 1e-5);
    }
  }
  for (const int threads : {2, 3, 0}) EXPECT_EQ(concept_similarities(gallery, regions, threads), alone);
}

TEST(Retrieve, AMatchNeedsAMarginToTheNextConcept) {
  const Regions clear = regions_of({{kLeft, {0.75F, 0.60F, 0, 0}}});
  const Regions unclear = regions_of({{kLeft, {0.75F, 0.74F, 0, 0}}});
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}});
  EXPECT_THAT(names(find(gallery, clear).matches), ElementsAre("a"));
  EXPECT_THAT(find(gallery, unclear).matches, IsEmpty());
}

TEST(Retrieve, ASingleConceptHasTheLargestMargin) {
  const Regions regions = regions_of({{kLeft, {0.75F, 0.74F, 0, 0}}});
  const Recognition found = find(gallery_of({{axis(0)}}), regions);
  ASSERT_THAT(found.matches, SizeIs(1));
  EXPECT_NEAR(found.matches[0].probability, kCalibration.probability({0.75F, kMarginCap}), 1e-6);
}

TEST(Retrieve, TwoConceptsWithTheSameViewAreNotTakenForOneAnother) {
  const Gallery twins = gallery_of({{axis(0)}, {axis(0)}});
  EXPECT_THAT(find(twins, regions_of({{kLeft, {0.75F, 0, 0, 0}}})).matches, IsEmpty());
}

TEST(Retrieve, ReportsEachConceptInItsBestRegion) {
  const Regions regions =
      regions_of({{kLeft, {0.75F, 0, 0, 0}}, {kMiddle, {0.95F, 0.1F, 0, 0}}, {kRight, {0.8F, 0, 0, 0}}});
  const Recognition found = find(gallery_of({{axis(0)}, {axis(1)}}), regions);
  ASSERT_THAT(names(found.matches), ElementsAre("a"));
  EXPECT_EQ(found.matches[0].region, kMiddle);
}

TEST(Retrieve, UsesTheBestViewOfAConcept) {
  const Gallery gallery = gallery_of({{axis(2), axis(0), axis(3)}, {axis(1)}});
  const Recognition found = find(gallery, regions_of({{kLeft, {0.9F, 0.1F, 0.2F, 0}}}));
  ASSERT_THAT(names(found.matches), ElementsAre("a"));
  EXPECT_NEAR(found.matches[0].evidence.looks_like.value(), 0.9, 1e-6);
}

TEST(Retrieve, OneConceptARegionAndOverlappingRegionsCountAsOne) {
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}});
  const Regions apart = regions_of({{kLeft, {0.95F, 0, 0, 0}}, {kRight, {0, 0.85F, 0, 0}}});
  EXPECT_THAT(names(find(gallery, apart).matches), ElementsAre("a", "b"));

  const Regions overlapping = regions_of({{kLeft, {0.95F, 0, 0, 0}}, {kAlmostLeft, {0, 0.85F, 0, 0}}});
  const Recognition found = find(gallery, overlapping);
  EXPECT_THAT(names(found.matches), ElementsAre("a"));
  EXPECT_THAT(names(found.near), ElementsAre("b"));
}

TEST(Retrieve, MatchesAndNearMissesAreSortedAndBounded) {
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}, {axis(2)}, {axis(3)}});
  const Regions regions = regions_of({{{0.0F, 0, 0.2F, 1}, {0.85F, 0, 0, 0}},
                                      {{0.2F, 0, 0.2F, 1}, {0, 0.95F, 0, 0}},
                                      {{0.4F, 0, 0.2F, 1}, {0, 0, 0.66F, 0}},
                                      {{0.6F, 0, 0.2F, 1}, {0, 0, 0, 0.68F}}});
  const Recognition found = find(gallery, regions);
  EXPECT_THAT(names(found.matches), ElementsAre("b", "a"));
  EXPECT_THAT(names(found.near), ElementsAre("d", "c"));

  const Recognition one = find(gallery, regions, {.max_matches = 1, .max_near = 2});
  EXPECT_THAT(names(one.matches), ElementsAre("b"));
  EXPECT_THAT(names(one.near), ElementsAre("a", "d"));
}

TEST(Retrieve, AConceptWithoutViewsIsNeverFoundAndDisturbsNobody) {
  const Gallery gallery = gallery_of({{}, {axis(0)}});
  const Regions regions = regions_of({{kLeft, {0.75F, 0, 0, 0}}});
  const Recognition found = find(gallery, regions, {.threshold = 0.0});
  EXPECT_THAT(names(found.matches), ElementsAre("b"));
  EXPECT_THAT(found.near, IsEmpty());
  EXPECT_THAT(concept_similarities(gallery, regions), ElementsAre(-1.0F, 0.75F));
}

TEST(Retrieve, SaysWhichConceptsARegionMayShowWhereNoneOfThemWins) {
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}, {axis(2)}});
  const Regions regions = regions_of({{kLeft, {0.80F, 0.79F, 0.5F, 0}}, {kRight, {0.1F, 0.1F, 0.1F, 0}}});
  const Recognition found = find(gallery, regions);
  EXPECT_THAT(found.matches, IsEmpty());
  ASSERT_THAT(found.doubts, SizeIs(1));
  const Doubt& doubt = found.doubts[0];
  EXPECT_THAT(names(doubt.candidates), ElementsAre("a", "b"));
  EXPECT_EQ(doubt.name(), "a or b");
  EXPECT_EQ(doubt.region, kLeft);
  EXPECT_NEAR(doubt.probability, kCalibration.probability({0.80F, kMarginCap}), 1e-6);
  EXPECT_LT(doubt.candidates[0].probability, 0.5);
  EXPECT_THAT(found.near, IsEmpty()) << "who is in doubt is no near miss as well";
}

TEST(Retrieve, DoubtsNothingThatIsNotLikelyOneOfTheRivals) {
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}});
  const Recognition found = find(gallery, regions_of({{kLeft, {0.65F, 0.64F, 0, 0}}}));
  EXPECT_THAT(found.matches, IsEmpty());
  EXPECT_THAT(found.doubts, IsEmpty());
}

TEST(Retrieve, ManyRivalsAreNoAnswer) {
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}, {axis(2)}, {axis(3)}});
  const Recognition found = find(gallery, regions_of({{kLeft, {0.80F, 0.79F, 0.79F, 0.79F}}}));
  EXPECT_THAT(found.matches, IsEmpty());
  EXPECT_THAT(found.doubts, IsEmpty());
}

TEST(Retrieve, AConceptThatStandsElsewhereCompetesWithNobody) {
  // "a" is clear on the left; on the right "a" and "b" look alike, but "a" is in a photo once.
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}});
  const Regions both = regions_of({{kLeft, {0.95F, 0.5F, 0, 0}}, {kRight, {0.82F, 0.81F, 0, 0}}});
  const Recognition found = find(gallery, both);
  EXPECT_THAT(names(found.matches), ElementsAre("a", "b"));
  EXPECT_THAT(found.doubts, IsEmpty());

  const Recognition alone = find(gallery, regions_of({{kRight, {0.82F, 0.81F, 0, 0}}}));
  EXPECT_THAT(alone.matches, IsEmpty());
  EXPECT_THAT(alone.doubts, SizeIs(1));
}

TEST(Retrieve, APartOfAConceptsPlaceShowsAnotherOnlyIfThatIsClearlyMoreAlike) {
  constexpr Box kCorner{0.0F, 0.0F, 0.3F, 0.3F};
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}});
  const Regions part = regions_of({{kLeft, {0.95F, 0.5F, 0, 0}}, {kCorner, {0.84F, 0.80F, 0, 0}}});
  EXPECT_THAT(names(find(gallery, part).matches), ElementsAre("a"));
  const Regions nested = regions_of({{kLeft, {0.95F, 0.5F, 0, 0}}, {kCorner, {0.6F, 0.85F, 0, 0}}});
  EXPECT_THAT(names(find(gallery, nested).matches), ElementsAre("a", "b"));
}

TEST(Settle, ACloserLookDecidesBetweenTheCandidatesOnly) {
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}, {axis(2)}});
  const Recognition found = find(gallery, regions_of({{kLeft, {0.80F, 0.79F, 0.5F, 0}}}));
  ASSERT_THAT(found.doubts, SizeIs(1));
  const auto look = [&](const Vector& values) {
    return settle(gallery, found.doubts[0], regions_of({{Box{}, values}}), 0.5, kCalibration);
  };
  const auto settled = look({0.6F, 0.8F, 0.9F, 0});
  ASSERT_TRUE(settled.has_value());
  EXPECT_EQ(settled->name, "b") << "c was no candidate";
  EXPECT_EQ(settled->region, kLeft) << "in the photo, not in the close-up";
  EXPECT_FALSE(look({0.80F, 0.79F, 0, 0}).has_value()) << "still in doubt";
  EXPECT_FALSE(look({0.3F, 0.1F, 0, 0}).has_value());
}

TEST(SettleDoubts, LooksAtEachPlaceInDoubtAndMakesThoseThatAreSettledMatches) {
  const Gallery gallery = gallery_of({{axis(0)}, {axis(1)}, {axis(2)}, {axis(3)}});
  const Recognition found = find(gallery, regions_of({{kLeft, {0.80F, 0.79F, 0, 0}}, {kRight, {0, 0, 0.80F, 0.79F}}}));
  ASSERT_THAT(found.doubts, SizeIs(2));
  std::vector<Box> looked_at;
  const auto look = [&](const Box& region) -> Result<Regions> {
    looked_at.push_back(region);
    return regions_of({{Box{}, region == kLeft ? Vector{0.6F, 0.8F, 0, 0} : Vector{0, 0, 0.80F, 0.79F}}});
  };
  Recognition settled = found;
  ASSERT_TRUE(settle_doubts(gallery, look, 0.5, kCalibration, settled));
  EXPECT_THAT(looked_at, ::testing::UnorderedElementsAre(kLeft, kRight));
  EXPECT_THAT(names(settled.matches), ElementsAre("b"));
  ASSERT_THAT(settled.doubts, SizeIs(1));
  EXPECT_EQ(settled.doubts[0].region, kRight);

  Recognition failed = found;
  const CloseLook blind = [](const Box&) -> Result<Regions> { return fail(ErrorCode::kInternal, "blind"); };
  EXPECT_EQ(settle_doubts(gallery, blind, 0.5, kCalibration, failed).error().message, "blind");
}

TEST(RankCandidates, GivesEveryConceptWithViewsMostProbableFirst) {
  const Gallery gallery = gallery_of({{axis(0)}, {}, {axis(1)}, {axis(2)}});
  const Regions regions = regions_of({{kLeft, {0.3F, 0.5F, 0.1F, 0}}, {kRight, {0.2F, 0.1F, 0.7F, 0}}});
  const auto ranked = rank_candidates(gallery, regions, kCalibration);
  ASSERT_THAT(ranked, SizeIs(3));
  EXPECT_EQ(ranked[0].concept_index, 3U);
  EXPECT_EQ(ranked[0].region, 1U);
  EXPECT_NEAR(ranked[0].features.similarity, 0.7, 1e-6);
  EXPECT_NEAR(ranked[0].features.margin, kMarginCap, 1e-6);
  EXPECT_EQ(ranked[1].concept_index, 2U);
  EXPECT_EQ(ranked[2].concept_index, 0U);
  EXPECT_NEAR(ranked[2].features.margin, -0.2, 1e-6);  // below the best one of its region
}

}  // namespace
}  // namespace rap
