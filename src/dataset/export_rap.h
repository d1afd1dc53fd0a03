// SPDX-License-Identifier: Apache-2.0
// Conversations in the shapes that other trainers read, and back.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "dataset/conversation.h"
#include "rap/result.h"

namespace rap::dataset {

/// Writes the set of `folder` to `out`:
///   rap_<split>.json    the shape of RAP-260K, for its own trainer: {id, image, conversations: [{from,
///                       value}], extra: {picture: {name, info, category}}, type}; the trainer itself
///                       puts the cards of `extra` into the question
///   llava_<split>.json  LLaVA's shape for LLaVA, LLaMA-Factory and ms-swift: `image` is a list, and
///                       the question holds the cards as the model will see them:
///                       "<image>\n1.<image>\nName: N, Info: I\n..."
///   dataset_info.json   what LLaMA-Factory needs to find them
///   images/             links to the pictures, or copies where links cannot be made
/// What retrieval said (`seen`, `box`, `in_photo`) has no place in RAP-260K's shape and stands in
/// members of its own, which other readers ignore. Returns how many conversations. Fails with
/// kNotFound, kCorrupt or kIo.
[[nodiscard]] Result<std::size_t> export_rap(const std::filesystem::path& folder, const std::filesystem::path& out);

}  // namespace rap::dataset
