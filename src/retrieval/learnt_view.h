// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rap/types.h"
#include "retrieval/regions.h"

namespace rap {

/// The embeddings of a learnt view, made from the regions of its whole photo: those of the region that its
/// box means (see meant_region). So the look at the photo that feedback is about is enough, and where that
/// photo is asked about again the similarity is 1. Pure.
[[nodiscard]] std::vector<float> embed_learnt_view(const Regions& regions, const std::optional<Box>& box);

/// The region that overlaps a box most; the first one, the whole photo, without a box.
[[nodiscard]] std::size_t meant_region(const Regions& regions, const std::optional<Box>& box);

/// Under which key the embeddings of a view are kept: its view_key(), marked for a learnt view, whose embeddings
/// differ from those of a confirmed view of the same pixels.
[[nodiscard]] std::string embedding_key(const View& view);

}  // namespace rap
