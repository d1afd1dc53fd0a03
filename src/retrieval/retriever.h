// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "rap/assistant.h"
#include "retrieval/calibration.h"
#include "retrieval/gallery.h"
#include "retrieval/regions.h"

namespace rap {

/// Finds which concepts of `gallery` the regions of a photo show. Every region is compared with
/// every view; a concept's probability in a region follows from its similarity and its margin to
/// the best other concept there. Accepted are the most probable concepts at or above the
/// threshold, each in its best region, no two in regions that overlap by more than half (IoU).
/// Width and height of the result are left 0. Pure and thread-safe.
[[nodiscard]] Recognition retrieve(const Gallery& gallery, const Regions& regions, const RecognizeOptions& options,
                                   const Calibration& calibration = default_calibration());

/// A concept in the region where it is most probable.
struct Candidate {
  std::size_t concept_index = 0;  ///< in Gallery::concepts()
  std::size_t region = 0;         ///< in Regions::boxes
  MatchFeatures features;
  double probability = 0.0;
};

/// Every concept that has views in its best region, most probable first: what retrieve() chooses
/// from, and what evaluation measures. Equally probable ones stand in the gallery's order.
[[nodiscard]] std::vector<Candidate> rank_candidates(const Gallery& gallery, const Regions& regions,
                                                     const Calibration& calibration = default_calibration());

/// Similarity of every region with every concept (see score_concepts): [regions, concepts] row-major;
/// -1 for a concept without views.
[[nodiscard]] std::vector<float> concept_similarities(const Gallery& gallery, const Regions& regions);

}  // namespace rap
