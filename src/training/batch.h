// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "training/lesson.h"
#include "training/ops.h"

namespace rap::training {

/// Lessons side by side, padded to the longest.
struct Batch {
  torch::Tensor tokens;  ///< int64 [sequences * length]; 0 where padding or a picture stands
  Layout layout;
  torch::Tensor visual_places;        ///< int64: rows of the visual tokens, picture after picture
  std::vector<std::string> pictures;  ///< image files, in that order
  torch::Tensor answer_rows;          ///< int64: rows whose hidden state predicts an answer's token
  torch::Tensor answer_tokens;        ///< int64: those tokens
};

[[nodiscard]] Batch make_batch(const std::vector<const Lesson*>& lessons);

/// Divides lessons into batches of at most `batch_tokens` places, padding included, in an order
/// drawn from `seed`: shuffled, then sorted by length within stretches of many batches so that
/// little is padded, then the batches shuffled. Equal arguments give equal batches.
[[nodiscard]] std::vector<std::vector<std::size_t>> plan_batches(const std::vector<Lesson>& lessons,
                                                                 std::vector<std::size_t> chosen,
                                                                 std::size_t batch_tokens, std::uint64_t seed);

}  // namespace rap::training
