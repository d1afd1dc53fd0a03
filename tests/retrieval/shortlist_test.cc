// SPDX-License-Identifier: Apache-2.0
#include "retrieval/shortlist.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>

#include "retrieval/learnt_view.h"
#include "retrieval/retriever.h"

namespace rap {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::size_t kDimensions = 24;
using Vector = std::vector<float>;

void normalise(Vector& vector) {
  const float squares = std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0F);
  for (float& value : vector) value /= std::sqrt(squares);
}

/// Memories of things that come in a few kinds, so that many are alike: what a shortlist has to tell apart.
class Shortlist : public ::testing::Test {
 private:
  const unsigned seed_ = std::random_device{}();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};

 protected:
  Vector random_vector() {
    std::normal_distribution<float> normal;
    Vector vector(kDimensions);
    std::ranges::generate(vector, [&] { return normal(random_); });
    normalise(vector);
    return vector;
  }

  /// Something about as far from one of the kinds as `spread` says.
  Vector random_thing(float spread) {
    const Vector& kind = kinds_[random_() % kinds_.size()];
    Vector vector = random_vector();
    for (std::size_t i = 0; i < kDimensions; ++i) vector[i] = kind[i] + spread * vector[i];
    normalise(vector);
    return vector;
  }

  /// Concepts of one to three views each; of every `learnt`-th one some are learnt (0 = of none).
  Gallery random_gallery(std::size_t count, std::size_t learnt = 0) {
    std::vector<Concept> concepts(count);
    std::map<std::string, Vector> embeddings;
    for (std::size_t i = 0; i < count; ++i) {
      concepts[i].id = concepts[i].name = "concept " + std::to_string(i);
      const std::size_t views = 1 + random_() % 3;
      for (std::size_t v = 0; v < views; ++v) {
        View view{.photo = std::to_string(embeddings.size())};
        if (learnt > 0 && i % learnt == 0 && v > 0) {
          view.provenance = Provenance::kLearnt;
          view.shows = random_() % 2 == 0;
        }
        embeddings[embedding_key(view)] = random_thing(0.8F);
        concepts[i].views.push_back(view);
      }
    }
    return {1, concepts, kDimensions,
            [&](const std::string& key) { return std::span<const float>(embeddings.at(key)); }};
  }

  Regions random_regions(std::size_t count) {
    std::uniform_real_distribution<float> uniform(0.05F, 0.5F);
    Regions regions{.boxes = {}, .values = {}, .dimensions = kDimensions};
    for (std::size_t i = 0; i < count; ++i) {
      regions.boxes.push_back({uniform(random_), uniform(random_), uniform(random_), uniform(random_)});
      const Vector vector = random_thing(0.6F);
      regions.values.insert(regions.values.end(), vector.begin(), vector.end());
    }
    return regions;
  }

  std::mt19937 random_{seed_};

 private:
  static constexpr std::size_t kKinds = 12;
  const std::vector<Vector> kinds_ = [&] {
    std::vector<Vector> kinds(kKinds);
    std::ranges::generate(kinds, [&] { return random_vector(); });
    return kinds;
  }();
};

/// What shortlist() promises to list, from exact similarities.
std::set<std::size_t> that_matter(const Gallery& gallery, const Regions& regions, const Relevance& relevance) {
  const std::size_t concepts = gallery.concepts().size();
  const Vector similarities = concept_similarities(gallery, regions);
  std::set<std::size_t> matter;
  for (std::size_t region = 0; region < regions.boxes.size(); ++region) {
    const std::span row(similarities.data() + region * concepts, concepts);
    if (std::ranges::max(row) < relevance.least) continue;
    std::vector<std::size_t> order(concepts);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return row[i]; });
    for (std::size_t i = 0; i < std::min(relevance.places, concepts) && row[order[i]] >= relevance.rival; ++i) {
      matter.insert(order[i]);
    }
  }
  return matter;
}

TEST_F(Shortlist, HasAllThatMatterAndIsShort) {
  for (const std::size_t learnt : {0U, 7U}) {
    const Gallery gallery = random_gallery(900, learnt);
    const Regions regions = random_regions(20);
    for (const Relevance& relevance :
         {Relevance{0.7F, 0.6F, 5}, Relevance{0.85F, 0.75F, 12}, Relevance{-1.0F, -1.0F, 3}}) {
      const auto listed = shortlist(gallery, regions, relevance);
      EXPECT_TRUE(std::ranges::is_sorted(listed));
      EXPECT_LT(listed.size(), gallery.concepts().size() / 2);
      for (const std::size_t index : that_matter(gallery, regions, relevance)) ASSERT_THAT(listed, Contains(index));
      EXPECT_EQ(shortlist(gallery, regions, relevance, 3), listed);
    }
  }
}

TEST_F(Shortlist, OfAFewConceptsIsAllOfThem) {
  EXPECT_THAT(shortlist(random_gallery(3), random_regions(2), {0.99F, 0.9F, 3}), ElementsAre(0, 1, 2));
}

TEST_F(Shortlist, IsEmptyWhereNothingIsAlike) {
  EXPECT_THAT(shortlist(random_gallery(300), random_regions(2), {1.5F, 1.4F, 3}), SizeIs(0));
}

TEST_F(Shortlist, AlwaysHasConceptsWithLearntViews) {
  const Gallery gallery = random_gallery(100, 10);
  std::set<std::size_t> learnt;
  for (const ViewRow& row : gallery.rows().subspan(gallery.confirmed())) learnt.insert(row.concept_index);
  EXPECT_THAT(shortlist(gallery, random_regions(2), {1.5F, 1.4F, 3}), ::testing::ElementsAreArray(learnt));
}

/// Names, places and probabilities, one match after the other.
std::vector<std::string> described(std::span<const Match> matches) {
  std::vector<std::string> described;
  for (const Match& match : matches) {
    const Box& box = match.region.value();
    described.push_back(match.name + " " + std::to_string(match.probability) + " at " + std::to_string(box.x) + ", " +
                        std::to_string(box.y) + ", " + std::to_string(box.width) + ", " + std::to_string(box.height));
  }
  return described;
}

TEST_F(Shortlist, ChangesNothingThatIsReported) {
  constexpr Calibration kCalibration{.similarity_weight = 40.0, .margin_weight = 80.0, .bias = -36.0};
  constexpr std::size_t kNear = 6;
  std::size_t reported = 0;
  for (int round = 0; round < 20; ++round) {
    const Gallery gallery = random_gallery(400, 9);
    const Regions regions = random_regions(12);
    const Recognition found = retrieve(gallery, regions, {.max_near = kNear}, kCalibration);
    // So many near misses are wanted that every concept matters.
    Recognition all = retrieve(gallery, regions, {.max_near = gallery.concepts().size()}, kCalibration);
    all.near.resize(std::min(all.near.size(), kNear));
    EXPECT_EQ(described(found.matches), described(all.matches));
    EXPECT_EQ(described(found.near), described(all.near));
    ASSERT_EQ(found.doubts.size(), all.doubts.size());
    for (std::size_t i = 0; i < found.doubts.size(); ++i) {
      EXPECT_EQ(described(found.doubts[i].candidates), described(all.doubts[i].candidates));
    }
    reported += found.matches.size() + found.near.size() + found.doubts.size();
  }
  EXPECT_GT(reported, 20U);
}

}  // namespace
}  // namespace rap
