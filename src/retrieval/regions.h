// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/aligned_floats.h"
#include "core/dot_products.h"
#include "rap/engines.h"
#include "rap/image.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// Regions of one picture with their embeddings.
struct Regions {
  std::vector<Box> boxes;
  AlignedFloats values;  ///< [boxes, dimensions] row-major, each row of length 1
  std::size_t dimensions = 0;

  [[nodiscard]] MatrixView embeddings() const { return {values.data(), boxes.size(), dimensions}; }

  /// All embeddings, one after the other, for those who do not search with them.
  [[nodiscard]] std::vector<float> numbers() const { return {values.begin(), values.end()}; }
};

/// Which windows of window_boxes() are looked at: small ones are squares of at most half of the photo's shorter side.
enum class Windows { kNone, kLarge, kSmall, kAll };

/// Which regions of a photo are looked at, beside the whole of it.
struct RegionPlan {
  Windows windows = Windows::kAll;
  std::span<const Box> boxes{};  ///< further ones, say of a detector; rounded outwards to cells of the scene map
};

/// Multi-scale windows of a photo, in whole cells of its scene map: the whole photo first, then its halves, then
/// squares of the photo's pixels with sides from the whole of the shorter side down to a quarter of it, neighbours
/// three eighths of a side apart. The whole photo is always among them. Pure.
[[nodiscard]] std::vector<Box> window_boxes(const Features& features, Windows windows = Windows::kAll);

/// Embeds regions of a photo from the maps of its one look, so that a region costs no further encoding: maps are
/// pooled over the region and go through the encoder's head (see EmbeddingPart). The whole photo always comes
/// first. Pure; works with up to `threads` threads (0 = one per core), the result is the same.
[[nodiscard]] Regions embed_regions(const Features& features, const EmbeddingHead& head, const RegionPlan& plan = {},
                                    int threads = 1);

/// The regions of a photo from its look and, unless `quick`, from a fine look, where the encoder has one for it: small
/// windows then come from the fine look, all others from the first. Fails like Encoder::encode_finely().
[[nodiscard]] Result<Regions> look_for_regions(const Encoder& encoder, const Image& photo, const Features& features,
                                               const RegionPlan& plan, bool quick, int threads = 1);

/// The same for a stored view: the whole of it only.
[[nodiscard]] Regions embed_view(const Features& features, const EmbeddingHead& head);

/// The space of the embeddings made from this encoder's maps: of the encoder, its head, and the way maps are pooled.
[[nodiscard]] EmbeddingSpace embedding_space(const Encoder& encoder);

}  // namespace rap
