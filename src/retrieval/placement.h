// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "rap/types.h"
#include "retrieval/calibration.h"

namespace rap {

/// A concept in a region.
struct Candidate {
  std::size_t concept_index = 0;  ///< in Gallery::concepts()
  std::size_t region = 0;         ///< in Regions::boxes
  MatchFeatures features;
  double probability = 0.0;
};

/// Which concepts stand where in one photo, placed one by one: a thing is in a photo once, and a place in it
/// shows one thing. So a concept that stands elsewhere competes with nobody here, and regions that overlap one
/// that is taken by more than half (IoU) are closed. In a region inside it or beside it, sharing a part with it,
/// another concept can still stand, but has to be clearly more alike than the one that stands there: a part of a thing
/// is not its look-alike.
///
/// Borrows what it is made from. Not thread-safe; one photo takes one.
class Placement {
 public:
  /// `similarities`: [boxes, concepts] row-major, kNoView where a concept has nothing to compare. Up to `threads`
  /// threads work on it.
  Placement(std::span<const Box> boxes, std::span<const float> similarities, std::size_t concepts,
            const Calibration& calibration, int threads = 1);

  /// The most probable of the concepts and regions that are left; none if nothing is.
  [[nodiscard]] std::optional<Candidate> strongest() const;

  /// Puts a concept into a region.
  void place(const Candidate& candidate);

  /// Each concept that is not placed, in the region where it is most probable, taken or not; most probable first,
  /// and none less probable than `least`: the rarer those are, the faster.
  [[nodiscard]] std::vector<Candidate> rest(double least) const;

  /// Concepts that compete for one region: alike by less than kMarginCap, each more alike than all others by more.
  struct Rivals {
    std::vector<Candidate> candidates;  ///< two or more, the likeliest first
    double probability = 0.0;           ///< that the region shows one of them
  };

  /// The rivals in the region that is left where it is most probable that it shows one of several; none where no
  /// region has between two and `limit` of them, or it is less probable than `least` everywhere.
  [[nodiscard]] std::optional<Rivals> strongest_rivals(std::size_t limit, double least) const;

 private:
  /// The two largest similarities of one region, of different concepts.
  struct BestTwo {
    float best = -std::numeric_limits<float>::infinity();
    float second = -std::numeric_limits<float>::infinity();

    void add(float similarity) {
      second = std::max(second, std::min(best, similarity));
      best = std::max(best, similarity);
    }

    /// How far a similarity of this region stands above the best of the other concepts.
    [[nodiscard]] float margin(float similarity) const {
      const float other = similarity >= best ? second : best;
      return std::min(similarity - other, kMarginCap);
    }
  };

  /// What is known of one region: kept, since most placements change it in few regions only.
  struct Standing {
    BestTwo two;                         ///< of the concepts that compete there
    std::optional<Candidate> strongest;  ///< of those that are left, without its probability
    double logit = 0.0;                  ///< of the strongest
  };

  [[nodiscard]] std::span<const float> row(std::size_t region) const {
    return similarities_.subspan(region * concepts_, concepts_);
  }
  [[nodiscard]] bool is_placed(std::size_t concept_index) const { return region_of_[concept_index].has_value(); }
  [[nodiscard]] bool competes(std::size_t concept_index, std::size_t region) const;
  void renew(std::size_t region);

  [[nodiscard]] MatchFeatures features_of(std::size_t region, float similarity) const {
    return {.similarity = similarity, .margin = standings_[region].two.margin(similarity)};
  }

  template <class Visit>
  void for_each_in(std::size_t region, float beyond, const Visit& visit) const;

  std::span<const Box> boxes_;
  std::span<const float> similarities_;
  std::size_t concepts_;
  const Calibration& calibration_;
  std::vector<std::optional<std::size_t>> region_of_;  ///< by concept, where it stands
  std::vector<bool> is_closed_;                        ///< by region
  std::vector<Standing> standings_;                    ///< by region
};

}  // namespace rap
