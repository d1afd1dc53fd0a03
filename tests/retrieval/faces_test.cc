// SPDX-License-Identifier: Apache-2.0
#include "retrieval/faces.h"

#include <gmock/gmock.h>

#include <random>
#include <set>

namespace rap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A template at this place on one axis, so that distances are differences.
FaceTemplate at(float place, std::size_t axis = 0) {
  FaceTemplate numbers{};
  numbers[axis] = place;
  return numbers;
}

constexpr Box kLeftFace{0.2F, 0.2F, 0.1F, 0.1F};
constexpr Box kRightFace{0.7F, 0.2F, 0.1F, 0.1F};
constexpr Box kWhole{0.0F, 0.0F, 1.0F, 1.0F};
constexpr Box kLeft{0.0F, 0.0F, 0.5F, 1.0F};
constexpr Box kRight{0.5F, 0.0F, 0.5F, 1.0F};

/// People "a", "b", "c", without views.
Gallery gallery() {
  std::vector<Concept> people(3);
  for (std::size_t i = 0; i < people.size(); ++i) {
    people[i].name = std::string(1, static_cast<char>('a' + i));
    people[i].id = "id of " + people[i].name;
    people[i].category = "person";
  }
  return {1, people, 1, [](const std::string&) { return std::span<const float>(); }};
}

Match by_look(const std::string& name, const Box& region, double probability) {
  Match match{
      .concept_id = "id of " + name, .name = name, .region = region, .probability = probability, .evidence = {}};
  match.evidence.looks_like = 0.9F;
  return match;
}

std::vector<std::string> names(const std::vector<Match>& matches) {
  std::vector<std::string> result;
  for (const Match& match : matches) result.push_back(match.name);
  return result;
}

/// What retrieve() found by look, after faces were brought in.
Recognition merged(Recognition recognition, const std::vector<Face>& faces, const std::vector<KnownFace>& known,
                   const RecognizeOptions& options = {}) {
  merge_faces(gallery(), faces, known, match_faces(faces, known), options, recognition);
  return recognition;
}

TEST(IsPerson, GoesByAWordOfTheCategory) {
  for (const char* category : {"person", "Woman", "my little SISTER", "a man", "baby"}) {
    EXPECT_TRUE(is_person({.category = category})) << category;
  }
  for (const char* category : {"", "dog", "manatee", "childhood photo", "mug"}) {
    EXPECT_FALSE(is_person({.category = category})) << category;
  }
}

TEST(FaceProbability, FallsWithDistanceAndRisesWithTheMargin) {
  EXPECT_GT(face_probability({.distance = 0.3F, .margin = kFaceMarginCap}), 0.9);
  EXPECT_LT(face_probability({.distance = 0.6F, .margin = kFaceMarginCap}), 0.05);
  EXPECT_LT(face_probability({.distance = 0.4F, .margin = 0.0F}),
            face_probability({.distance = 0.4F, .margin = kFaceMarginCap}));
}

TEST(MatchFaces, TakesTheNearestViewOfAPerson) {
  const std::vector<Face> faces{{kLeftFace, at(0.0F)}};
  const std::vector<KnownFace> known{{0, at(0.9F)}, {0, at(0.1F)}, {1, at(0.6F)}};
  const auto matches = match_faces(faces, known);
  ASSERT_FALSE(matches.empty());
  EXPECT_EQ(matches[0].concept_index, 0U);
  EXPECT_FLOAT_EQ(matches[0].features.distance, 0.1F);
  EXPECT_FLOAT_EQ(matches[0].features.margin, kFaceMarginCap);
}

TEST(MatchFaces, AFaceBetweenTwoPeopleHasNoMargin) {
  const std::vector<Face> faces{{kLeftFace, at(0.0F)}};
  const std::vector<KnownFace> known{{0, at(0.30F)}, {1, at(-0.31F)}};
  const auto matches = match_faces(faces, known);
  EXPECT_NEAR(matches.at(0).features.margin, 0.01, 1e-4);
  const auto alone = match_faces(faces, std::span(known).first(1));
  EXPECT_LT(matches.at(0).probability, alone.at(0).probability);
}

TEST(MatchFaces, ALearntViewBringsAPersonNearerByHalf) {
  const std::vector<Face> faces{{kLeftFace, at(0.5F)}};
  const std::vector<KnownFace> known{{0, at(0.0F)}, {0, at(0.3F), ViewRow::Kind::kLearnt}};
  EXPECT_FLOAT_EQ(match_faces(faces, known).at(0).features.distance, 0.4F) << "half of the way from 0.5 to 0.3";
  const std::vector<KnownFace> poisoned{{0, at(2.0F)}, {0, at(0.3F), ViewRow::Kind::kLearnt}};
  EXPECT_FLOAT_EQ(match_faces(faces, poisoned).at(0).features.distance, 1.5F) << "nothing confirmed vouches for it";
}

TEST(MatchFaces, TheVeryFaceThatWasLearntCountsFully) {
  const std::vector<Face> faces{{kLeftFace, at(0.5F)}};
  const std::vector<KnownFace> known{{0, at(2.0F)}, {0, at(0.5F), ViewRow::Kind::kLearnt}};
  EXPECT_FLOAT_EQ(match_faces(faces, known).at(0).features.distance, 0.0F);
}

TEST(MatchFaces, ACounterExampleThatIsAsNearRulesThePersonOut) {
  const std::vector<Face> faces{{kLeftFace, at(0.3F)}};
  std::vector<KnownFace> known{{0, at(0.0F)}, {0, at(0.3F), ViewRow::Kind::kCounterExample}};
  EXPECT_THAT(match_faces(faces, known), IsEmpty());
  known[1].numbers = at(0.9F);
  EXPECT_THAT(match_faces(faces, known), SizeIs(1)) << "a far one does not";
}

TEST(MatchFaces, NoPersonHasTwoFacesAndNoFaceIsTwoPeople) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(0.0F, 0.8F);
  for (int round = 0; round < 50; ++round) {
    std::vector<Face> faces;
    std::vector<KnownFace> known;
    for (auto i = random() % 5; i > 0; --i) faces.push_back({kLeftFace, at(place(random), random() % 3)});
    for (std::size_t person = 0; person < 4; ++person) {
      for (auto i = random() % 3; i > 0; --i) known.push_back({person, at(place(random), random() % 3)});
    }
    std::set<std::size_t> people, used;
    double before = 1.0;
    for (const FaceMatch& match : match_faces(faces, known)) {
      EXPECT_TRUE(people.insert(match.concept_index).second);
      EXPECT_TRUE(used.insert(match.face).second);
      EXPECT_LE(match.probability, before);
      before = match.probability;
    }
  }
}

TEST(MergeFaces, AFaceThatFitsIsTheMatchAndItsBoxTheRegion) {
  const auto found = merged({.matches = {by_look("a", kWhole, 0.7)}}, {{kLeftFace, at(0.1F)}}, {{0, at(0.0F)}});
  ASSERT_THAT(found.matches, SizeIs(1));
  EXPECT_EQ(found.matches[0].region, kLeftFace);
  EXPECT_FLOAT_EQ(found.matches[0].evidence.face.value(), 0.9F);
  EXPECT_FALSE(found.matches[0].evidence.looks_like);
  EXPECT_GT(found.matches[0].probability, 0.9);
}

TEST(MergeFaces, AStrangersFaceRefutesALook) {
  const Recognition by_eye{.matches = {by_look("a", kWhole, 0.9)}, .near = {by_look("b", kLeft, 0.3)}};
  const auto found = merged(by_eye, {{kLeftFace, at(2.0F)}}, {{0, at(0.0F)}, {1, at(0.0F, 1)}});
  EXPECT_THAT(found.matches, IsEmpty());
  EXPECT_THAT(found.near, IsEmpty());
}

TEST(MergeFaces, LookCountsWhereNoFaceIsSeen) {
  const Recognition by_eye{.matches = {by_look("a", kRight, 0.9)}};
  const auto found = merged(by_eye, {{kLeftFace, at(2.0F)}}, {{0, at(0.0F)}});
  EXPECT_THAT(names(found.matches), ElementsAre("a"));
  EXPECT_THAT(names(merged(by_eye, {}, {{0, at(0.0F)}}).matches), ElementsAre("a"));
}

TEST(MergeFaces, WhoseFaceIsNotKnownIsMatchedByLookAsBefore) {
  const Recognition by_eye{.matches = {by_look("c", kWhole, 0.9)}};
  EXPECT_THAT(names(merged(by_eye, {{kLeftFace, at(2.0F)}}, {{0, at(0.0F)}}).matches), ElementsAre("c"));
}

TEST(MergeFaces, TwoPeopleInOnePhotoEachGetTheirFace) {
  const std::vector<Face> faces{{kLeftFace, at(1.05F)}, {kRightFace, at(1.03F, 1)}};
  const auto found = merged({}, faces, {{0, at(1.0F)}, {1, at(1.0F, 1)}});
  EXPECT_THAT(names(found.matches), ::testing::UnorderedElementsAre("a", "b"));
  for (const Match& match : found.matches) EXPECT_EQ(match.region, match.name == "a" ? kLeftFace : kRightFace);
}

TEST(MergeFaces, AFaceThatHardlyFitsIsANearMiss) {
  RecognizeOptions options;
  const std::vector<Face> faces{{kLeftFace, at(0.45F)}};
  const auto found = merged({}, faces, {{0, at(0.0F)}}, options);
  EXPECT_THAT(found.matches, IsEmpty());
  EXPECT_THAT(names(found.near), ElementsAre("a"));
  options.max_near = 0;
  EXPECT_THAT(merged({}, faces, {{0, at(0.0F)}}, options).near, IsEmpty());
}

TEST(MergeFaces, KeepsNoMoreThanWasAskedFor) {
  const Recognition by_eye{.matches = {by_look("c", kRight, 0.6)}};
  RecognizeOptions options;
  options.max_matches = 1;
  const auto found = merged(by_eye, {{kLeftFace, at(0.05F)}}, {{0, at(0.0F)}}, options);
  EXPECT_THAT(names(found.matches), ElementsAre("a"));
  EXPECT_THAT(names(found.near), ElementsAre("c"));
}

}  // namespace
}  // namespace rap
