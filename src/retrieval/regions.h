// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/dot_products.h"
#include "rap/engines.h"
#include "rap/types.h"

namespace rap {

/// Regions of one picture with their embeddings.
struct Regions {
  std::vector<Box> boxes;
  std::vector<float> values;  ///< [boxes, dimensions] row-major, each row of length 1
  std::size_t dimensions = 0;

  [[nodiscard]] MatrixView embeddings() const { return {values.data(), boxes.size(), dimensions}; }
};

/// Multi-scale windows of a photo, pooled from its one feature map, so that a window costs no
/// further encoding: the whole photo, then 2 x 2 windows of 3/4 of its sides, 3 x 3 of 1/2 and
/// 4 x 4 of 1/3. A window is pooled by the generalised mean with p = 8 over its cells (Radenovic,
/// Tolias and Chum, arXiv 1711.02512) and normalised to length 1. Pure.
[[nodiscard]] Regions embed_regions(const FeatureMap& map);

/// The same for a stored view: the whole of it only.
[[nodiscard]] Regions embed_view(const FeatureMap& map);

/// Which embeddings can be compared with each other.
struct EmbeddingSpace {
  std::string fingerprint;     ///< changes with the encoder and with the way its maps are pooled
  std::size_t dimensions = 0;  ///< floats of one embedding
};

/// The space of the embeddings made from this encoder's maps.
[[nodiscard]] EmbeddingSpace embedding_space(const Encoder& encoder);

}  // namespace rap
