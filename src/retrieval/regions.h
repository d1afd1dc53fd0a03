// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/aligned_floats.h"
#include "core/dot_products.h"
#include "rap/engines.h"
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

  /// A fine look at the photo, if there was one (Encoder::encode_finely()); borrowed. Small windows come from it then,
  /// large ones from the first look, and `boxes` from both.
  const Features* fine = nullptr;
};

/// Multi-scale windows of a photo, in whole cells of its scene map: the whole photo first, then its halves, then
/// squares of the photo's pixels with sides from the whole of the shorter side down to a quarter of it, neighbours
/// three eighths of a side apart. The whole photo is always among them, but not among the small ones. Pure.
[[nodiscard]] std::vector<Box> window_boxes(const Features& features, Windows windows = Windows::kAll);

/// Embeds regions of a photo from the maps of its look, so that a region costs no further encoding: maps are
/// pooled over the region and go through the encoder's head (see EmbeddingPart). The whole photo always comes
/// first. Pure; works with up to `threads` threads (0 = one per core), the result is the same.
[[nodiscard]] Regions embed_regions(const Features& features, const EmbeddingHead& head, const RegionPlan& plan = {},
                                    int threads = 1);

/// The same of windows of a photo, given by window_boxes().
[[nodiscard]] Regions embed_windows(const Features& features, const EmbeddingHead& head, std::vector<Box> windows,
                                    int threads = 1);

/// Appends the regions of another look at the same photo.
void append(Regions& regions, const Regions& more);

/// The same for a stored view: the whole of it only.
[[nodiscard]] Regions embed_view(const Features& features, const EmbeddingHead& head);

/// The space of the embeddings made from this encoder's maps: of the encoder, its head, and the way maps are pooled.
[[nodiscard]] EmbeddingSpace embedding_space(const Encoder& encoder);

}  // namespace rap
