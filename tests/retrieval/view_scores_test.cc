// SPDX-License-Identifier: Apache-2.0
#include "retrieval/view_scores.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "retrieval/gallery.h"
#include "retrieval/learnt_view.h"
#include "vision/embedding_head.h"

namespace rap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = ViewRow::Kind;

constexpr int kChannels = 3;  ///< of maps

/// One row of concept 0 and its similarity to the region.
struct Row {
  Kind kind;
  float similarity;
  float vouched = 0.0F;
};

float score(const std::vector<Row>& list) {
  std::vector<float> similarities;
  std::vector<ViewRow> rows;
  for (const Row& row : list) {
    similarities.push_back(row.similarity);
    rows.push_back({0, row.kind, row.vouched});
  }
  std::vector<float> by_concept(1, kNoView);
  score_concepts(similarities, rows, by_concept);
  return by_concept[0];
}

TEST(ViewScores, TheBestConfirmedViewCounts) {
  EXPECT_EQ(score({{Kind::kConfirmed, 0.4F}, {Kind::kConfirmed, 0.7F}, {Kind::kConfirmed, -0.2F}}), 0.7F);
  EXPECT_EQ(score({}), kNoView);
}

TEST(ViewScores, ALearntViewLiftsHalfOfTheWay) {
  EXPECT_NEAR(score({{Kind::kConfirmed, 0.5F}, {Kind::kLearnt, 0.7F, 0.8F}}), 0.6, 1e-6);
  EXPECT_EQ(score({{Kind::kConfirmed, 0.5F}, {Kind::kLearnt, 0.4F, 0.8F}}), 0.5F) << "it never lowers";
}

TEST(ViewScores, ConfirmedViewsVouchForALearntOne) {
  // The region looks like the learnt view, but that does not look like the concept.
  EXPECT_EQ(score({{Kind::kConfirmed, 0.5F}, {Kind::kLearnt, 0.8F, 0.4F}}), 0.5F);
  EXPECT_NEAR(score({{Kind::kConfirmed, 0.5F}, {Kind::kLearnt, 0.8F, 0.6F}}), 0.55, 1e-6);
}

TEST(ViewScores, ManyLearntViewsLiftNoHigherThanTheBestOfThem) {
  std::vector<Row> rows{{Kind::kConfirmed, 0.5F}};
  for (int i = 0; i < 20; ++i) rows.push_back({Kind::kLearnt, 0.8F, 0.6F});
  EXPECT_NEAR(score(rows), 0.55, 1e-6);
}

TEST(ViewScores, InThePictureThatItWasLearntFromALearntViewCountsFully) {
  EXPECT_EQ(score({{Kind::kConfirmed, 0.2F}, {Kind::kLearnt, 1.0F, 0.2F}}), 1.0F);
  EXPECT_NEAR(score({{Kind::kConfirmed, 0.2F}, {Kind::kLearnt, 0.97F, 0.2F}}), 0.97, 1e-6) << "nearly that picture";
  EXPECT_EQ(score({{Kind::kLearnt, 1.0F, kNoView}}), 1.0F) << "also of a concept without another view";
  EXPECT_EQ(score({{Kind::kLearnt, 0.8F, kNoView}}), kNoView);
}

TEST(ViewScores, ACloserCounterExampleTakesTheConceptOut) {
  EXPECT_EQ(score({{Kind::kConfirmed, 0.7F}, {Kind::kCounterExample, 0.8F}}), 0.0F);
  EXPECT_EQ(score({{Kind::kConfirmed, 0.7F}, {Kind::kCounterExample, 0.6F}}), 0.7F) << "a farther one does nothing";
  EXPECT_EQ(score({{Kind::kConfirmed, 1.0F}, {Kind::kCounterExample, 1.0F}}), 1.0F) << "a confirmed picture stays";
  EXPECT_EQ(score({{Kind::kLearnt, 1.0F, 0.2F}, {Kind::kCounterExample, 0.9F}}), 1.0F) << "a learnt picture too";
}

TEST(ViewScores, NothingJumps) {
  const std::vector<Row> rows{{Kind::kConfirmed, 0.6F}, {Kind::kLearnt, 0.0F, 0.5F}, {Kind::kCounterExample, 0.0F}};
  constexpr float kStep = 1e-4F;
  for (const std::size_t moved : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    std::vector<Row> now = rows;
    float before = 0.0F;
    for (float similarity = -1.0F; similarity <= 1.0F; similarity += kStep) {
      now[moved].similarity = similarity;
      const float after = score(now);
      if (similarity > -1.0F) {
        ASSERT_LT(std::abs(after - before), 0.01F) << moved << " at " << similarity;
      }
      before = after;
    }
  }
}

TEST(ViewScores, ConceptsDoNotTouchEachOther) {
  const std::vector<ViewRow> rows{{0, Kind::kConfirmed},
                                  {2, Kind::kConfirmed},
                                  {0, Kind::kCounterExample},
                                  {1, Kind::kLearnt, kNoView},
                                  {2, Kind::kLearnt, 0.9F}};
  std::vector<float> by_concept(4, kNoView);
  score_concepts(std::vector<float>{0.5F, 0.6F, 0.8F, 0.7F, 0.8F}, rows, by_concept);
  EXPECT_EQ(by_concept[0], 0.0F);
  EXPECT_EQ(by_concept[1], kNoView);
  EXPECT_NEAR(by_concept[2], 0.7, 1e-6);
  EXPECT_EQ(by_concept[3], kNoView);
}

TEST(ViewScores, RowsMayComeInParts) {
  const std::vector<ViewRow> rows{{0, Kind::kConfirmed},     {1, Kind::kConfirmed},      {1, Kind::kConfirmed},
                                  {0, Kind::kLearnt, 0.9F},  {0, Kind::kCounterExample}, {0, Kind::kLearnt, 0.8F},
                                  {1, Kind::kCounterExample}};
  const std::vector<float> similarities{0.5F, 0.3F, 0.6F, 0.7F, 0.52F, 0.8F, 0.61F};
  std::vector<float> at_once(2, kNoView);
  score_concepts(similarities, rows, at_once);
  for (std::size_t size = 1; size <= rows.size(); ++size) {
    std::vector<float> in_parts(2, kNoView);
    for (std::size_t first = 0, end = 0; first < rows.size(); first = end) {
      end = end_of_part(rows, first, size);
      const std::size_t count = end - first;
      score_concepts({similarities.data() + first, count}, {rows.data() + first, count}, in_parts);
    }
    EXPECT_EQ(in_parts, at_once) << "parts of " << size;
  }
}

TEST(ViewScores, NoRowsBreakTheBounds) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> any(-1.0F, 1.0F);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<Row> rows;
    float confirmed = kNoView, largest = kNoView;
    for (const Kind kind : {Kind::kConfirmed, Kind::kConfirmed, Kind::kLearnt, Kind::kLearnt, Kind::kCounterExample}) {
      if (random() % 3 == 0) continue;
      rows.push_back({kind, any(random), any(random)});
      if (kind == Kind::kConfirmed) confirmed = std::max(confirmed, rows.back().similarity);
      if (kind != Kind::kCounterExample) largest = std::max(largest, rows.back().similarity);
    }
    const float scored = score(rows);
    ASSERT_TRUE(std::isfinite(scored));
    ASSERT_LE(scored, std::max(largest, confirmed) + 1e-6F);
    ASSERT_GE(scored, std::min(confirmed, 0.0F) - 1e-6F);
  }
}

TEST(GalleryRows, ConfirmedViewsComeFirstAndVouch) {
  const auto view = [](const char* photo, Provenance provenance, bool shows) {
    return View{.id = photo, .photo = photo, .box = {}, .provenance = provenance, .shows = shows};
  };
  std::vector<Concept> concepts(2);
  concepts[0].id = "a";
  concepts[0].views = {view("learnt", Provenance::kLearnt, true), view("own", Provenance::kConfirmed, true),
                       view("not", Provenance::kLearnt, false)};
  concepts[1].id = "b";
  concepts[1].views = {view("other", Provenance::kConfirmed, true), view("alone", Provenance::kLearnt, true)};
  const std::map<std::string, std::vector<float>> values{
      {"own", {1.0F, 0.0F}}, {"learnt~~", {0.6F, 0.8F}}, {"not~~", {0.0F, 1.0F}}, {"other", {0.0F, 1.0F}}};
  const Gallery gallery(1, concepts, 2, [&](const std::string& key) {
    const auto found = values.find(key);
    return found == values.end() ? std::span<const float>() : std::span<const float>(found->second);
  });
  ASSERT_EQ(gallery.rows().size(), 4U) << "a view without embeddings cannot be searched";
  std::vector<Kind> kinds;
  for (const ViewRow& row : gallery.rows()) kinds.push_back(row.kind);
  EXPECT_THAT(kinds, ElementsAre(Kind::kConfirmed, Kind::kConfirmed, Kind::kLearnt, Kind::kCounterExample));
  EXPECT_EQ(gallery.rows()[1].concept_index, 1U);
  EXPECT_NEAR(gallery.rows()[2].vouched, 0.6, 1e-6);
  EXPECT_EQ(gallery.embeddings("learnt~~")[1], 0.8F);
}

TEST(LearntView, MeansTheWindowsInItsPlace) {
  const std::vector<Box> windows{Box(), {0.0F, 0.0F, 0.5F, 0.5F}, {0.125F, 0.0F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F, 0.5F}};
  EXPECT_THAT(meant_windows(windows, std::nullopt), ElementsAre(windows[0]));
  EXPECT_THAT(meant_windows(windows, Box{0.1F, 0.0F, 0.5F, 0.5F}), ElementsAre(windows[1], windows[2]));
  EXPECT_THAT(meant_windows(windows, Box{0.5F, 0.5F, 0.5F, 0.5F}), ElementsAre(windows[3]));
  EXPECT_THAT(meant_windows(windows, Box{0.0F, 0.9F, 0.1F, 0.1F}), IsEmpty());
}

FeatureMap random_map(int side, std::mt19937& random) {
  std::uniform_real_distribution<float> uniform(0.0F, 6.0F);
  FeatureMap map{kChannels, side, side, std::vector<float>(static_cast<std::size_t>(kChannels * side * side))};
  std::ranges::generate(map.values, [&] { return uniform(random); });
  return map;
}

TEST(LearntView, IsWhatItsWindowsShowInBothLooks) {
  std::mt19937 random(11);
  const Features look{{random_map(14, random)}};
  const Features fine{{random_map(37, random)}};
  const EmbeddingHead head = plain_head(kChannels);
  const auto rows = [&](const Features& seen, const std::vector<Box>& windows, const std::optional<Box>& box) {
    return embed_windows(seen, head, meant_windows(windows, box)).numbers();
  };
  const Box small{0.2F, 0.2F, 0.25F, 0.25F};
  std::vector<float> both = rows(look, window_boxes(look), small);
  EXPECT_EQ(embed_learnt_view(look, nullptr, head, small), both);
  const std::vector<float> finely = rows(fine, window_boxes(fine, Windows::kSmall), small);
  ASSERT_FALSE(finely.empty());
  both.insert(both.end(), finely.begin(), finely.end());
  EXPECT_EQ(embed_learnt_view(look, &fine, head, small), both);

  EXPECT_EQ(embed_learnt_view(look, &fine, head, std::nullopt), rows(look, window_boxes(look), std::nullopt))
      << "small windows show parts of the whole photo";
  const Box speck{0.9F, 0.9F, 0.01F, 0.01F};
  EXPECT_THAT(embed_learnt_view(look, &fine, head, speck), SizeIs(kChannels))
      << "that of the window that overlaps it most";
}

}  // namespace
}  // namespace rap
