// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rap/types.h"
#include "retrieval/regions.h"

namespace rap {

/// The embeddings of a learnt view, one or more, made from what was seen of its whole photo: those of the windows that
/// its box means (see meant_windows()), in the look and in the fine look (null if there was none). So the looks at the
/// photo that feedback is about are enough, and where that photo is asked about again, finely or not, the similarity
/// is 1. Pure.
[[nodiscard]] std::vector<float> embed_learnt_view(const Features& look, const Features* fine,
                                                   const EmbeddingHead& head, const std::optional<Box>& box);

/// The windows whose place is that of a box, or the whole photo without one: those that overlap it by half or more
/// (IoU).
[[nodiscard]] std::vector<Box> meant_windows(std::span<const Box> windows, const std::optional<Box>& box);

/// Under which key the embeddings of a view are kept: its view_key(), marked for a learnt view, whose embeddings
/// differ from those of a confirmed view of the same pixels.
[[nodiscard]] std::string embedding_key(const View& view);

}  // namespace rap
