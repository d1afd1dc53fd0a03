// SPDX-License-Identifier: Apache-2.0
#include "retrieval/placement.h"

#include <gmock/gmock.h>

#include <random>

#include "core/box_overlap.h"
#include "retrieval/view_scores.h"

namespace rap {
namespace {

constexpr Calibration kCalibration{.similarity_weight = 20.0, .margin_weight = 60.0, .bias = -20.0};
constexpr std::size_t kConcepts = 12;
constexpr std::size_t kRegions = 9;

/// A photo with random boxes, and similarities of few values, so that some are equal.
struct Photo {
  std::vector<Box> boxes;
  std::vector<float> similarities;

  explicit Photo(std::mt19937& random) {
    std::uniform_real_distribution<float> side(0.2F, 0.6F), place(0.0F, 0.4F);
    std::uniform_int_distribution<int> step(-1, 40);
    for (std::size_t i = 0; i < kRegions; ++i)
      boxes.push_back({place(random), place(random), side(random), side(random)});
    for (std::size_t i = 0; i < kRegions * kConcepts; ++i) {
      const int steps = step(random);
      similarities.push_back(steps < 0 ? kNoView : static_cast<float>(steps) / 40.0F);
    }
  }
};

/// What Placement keeps up to date, worked out anew at each question.
class Naive {
 public:
  explicit Naive(const Photo& photo) : photo_(photo), region_of_(kConcepts) {}

  void place(const Candidate& candidate) { region_of_[candidate.concept_index] = candidate.region; }

  [[nodiscard]] std::optional<Candidate> strongest() const {
    std::optional<Candidate> best;
    for (std::size_t region = 0; region < kRegions; ++region) {
      if (is_closed(region)) continue;
      for (std::size_t i = 0; i < kConcepts; ++i) {
        const auto candidate = at(i, region);
        if (candidate && (!best || candidate->probability > best->probability)) best = candidate;
      }
    }
    return best;
  }

  /// How probable a concept that is not placed is in its best region; 0 if it is placed or has no views.
  [[nodiscard]] double best_of(std::size_t concept_index) const {
    double best = 0.0;
    for (std::size_t region = 0; region < kRegions; ++region) {
      if (const auto candidate = at(concept_index, region)) best = std::max(best, candidate->probability);
    }
    return best;
  }

 private:
  [[nodiscard]] float similarity(std::size_t concept_index, std::size_t region) const {
    return photo_.similarities[region * kConcepts + concept_index];
  }

  [[nodiscard]] bool is_closed(std::size_t region) const {
    return std::ranges::any_of(region_of_, [&](const auto& placed) {
      return placed && box_overlap(photo_.boxes[*placed], photo_.boxes[region]) > 0.5;
    });
  }

  [[nodiscard]] std::optional<Candidate> at(std::size_t concept_index, std::size_t region) const {
    const float own = similarity(concept_index, region);
    if (region_of_[concept_index] || own == kNoView) return std::nullopt;
    float other = -std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < kConcepts; ++i) {
      const bool competes = !region_of_[i] || boxes_share(photo_.boxes[*region_of_[i]], photo_.boxes[region]);
      if (i != concept_index && competes) other = std::max(other, similarity(i, region));
    }
    const MatchFeatures features{.similarity = own, .margin = std::min(own - other, kMarginCap)};
    return Candidate{concept_index, region, features, kCalibration.probability(features)};
  }

  const Photo& photo_;
  std::vector<std::optional<std::size_t>> region_of_;
};

TEST(Placement, APartOfAThingIsNotItsLookAlike) {
  const std::vector<Box> boxes{{0.0F, 0.0F, 0.4F, 0.4F}, {0.25F, 0.1F, 0.3F, 0.3F}, {0.7F, 0.1F, 0.3F, 0.3F}};
  const std::vector<float> similarities{0.95F, 0.70F,   // the thing
                                        0.78F, 0.80F,   // what sticks out of its region
                                        0.30F, 0.75F};  // elsewhere
  Placement placement(boxes, similarities, 2, kCalibration);
  placement.place({.concept_index = 0, .region = 0});
  const auto next = placement.strongest();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->concept_index, 1U);
  EXPECT_EQ(next->region, 2U) << "beside the thing it has hardly a margin";
}

TEST(Placement, IsWhatAllConceptsInAllRegionsGive) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    const Photo photo(random);
    Placement placement(photo.boxes, photo.similarities, kConcepts, kCalibration);
    Naive naive(photo);
    while (true) {
      for (const double least : {0.0, 0.05, 0.5}) {
        const auto rest = placement.rest(least);
        std::size_t expected = 0;
        for (std::size_t i = 0; i < kConcepts; ++i) expected += naive.best_of(i) > 0.0 && naive.best_of(i) >= least;
        ASSERT_EQ(rest.size(), expected);
        for (const Candidate& candidate : rest) {
          ASSERT_EQ(candidate.probability, naive.best_of(candidate.concept_index));
        }
      }
      const auto strongest = placement.strongest();
      const auto expected = naive.strongest();
      ASSERT_EQ(strongest.has_value(), expected.has_value());
      if (!strongest) break;
      ASSERT_EQ(strongest->concept_index, expected->concept_index);
      ASSERT_EQ(strongest->region, expected->region);
      ASSERT_EQ(strongest->probability, expected->probability);
      placement.place(*strongest);
      naive.place(*strongest);
    }
  }
}

}  // namespace
}  // namespace rap
