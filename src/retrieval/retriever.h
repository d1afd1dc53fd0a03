// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "rap/assistant.h"
#include "retrieval/calibration.h"
#include "retrieval/gallery.h"
#include "retrieval/placement.h"
#include "retrieval/regions.h"

namespace rap {

/// The least probability of a match that `options` accept: their threshold, or the one that keeps their false rate.
[[nodiscard]] double least_probability(const RecognizeOptions& options, const Calibration& calibration);

/// Finds which concepts of `gallery` the regions of a photo show. Every region is compared with
/// every view; a concept's probability in a region follows from its similarity and its margin to
/// the best other concept there. Accepted are the most probable concepts at or above the
/// threshold, placed one by one (see Placement). Where several compete for a region so that none of them
/// reaches the threshold, but it shows one of them with at least that probability, they are reported as a doubt.
/// Width and height of the result are left 0. Pure and thread-safe; works with up to `threads` threads (0 = one per
/// core), the result is the same.
[[nodiscard]] Recognition retrieve(const Gallery& gallery, const Regions& regions, const RecognizeOptions& options,
                                   const Calibration& calibration = default_calibration(), int threads = 1);

/// Every concept that has views in its best region, most probable first: what retrieve() chooses
/// from, and what evaluation measures. Equally probable ones stand in the gallery's order.
[[nodiscard]] std::vector<Candidate> rank_candidates(const Gallery& gallery, const Regions& regions,
                                                     const Calibration& calibration = default_calibration());

/// What a closer look at the region of a doubt says: `close_up` are the embeddings of that region alone, encoded at
/// its own resolution. The match that it settles on, in the doubt's region, if one of the candidates reaches the
/// threshold among them; none if the doubt stays. Pure and thread-safe.
[[nodiscard]] std::optional<Match> settle(const Gallery& gallery, const Doubt& doubt, const Regions& close_up,
                                          double threshold, const Calibration& calibration = default_calibration());

/// Looks at one region of a photo closely: its embeddings, encoded on its own.
using CloseLook = std::function<Result<Regions>(const Box& region)>;

/// Looks closely at the region of each doubt of a recognition, and makes those that this settles matches. `gallery` is
/// the one that the recognition was made with. Fails like `look`.
[[nodiscard]] Result<void> settle_doubts(const Gallery& gallery, const CloseLook& look, double threshold,
                                         const Calibration& calibration, Recognition& recognition);

/// Similarity of every region with every concept (see score_concepts): [regions, concepts] row-major;
/// kNoView for a concept without views. Works with up to `threads` threads.
[[nodiscard]] std::vector<float> concept_similarities(const Gallery& gallery, const Regions& regions, int threads = 1);

}  // namespace rap
