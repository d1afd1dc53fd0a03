// SPDX-License-Identifier: Apache-2.0
// BLEU (Papineni et al. 2002). Pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "evaluation/caption_words.h"
#include "evaluation/ngrams.h"

namespace rap::evaluation {

/// What one caption adds to the BLEU of a corpus.
struct BleuCounts {
  std::array<std::size_t, kOrders> matched{};  ///< n-grams of the caption, clipped to the most that one reference has
  std::array<std::size_t, kOrders> total{};    ///< n-grams of the caption
  std::size_t length = 0;                      ///< of the caption, in words
  std::size_t reference_length = 0;            ///< of the reference closest in length; of two, the shorter

  BleuCounts& operator+=(const BleuCounts& other);
};

/// Compares a caption with its references, at least one.
[[nodiscard]] BleuCounts count_bleu(const Words& caption, std::span<const Words> references);

/// BLEU-`order` (1 to kOrders) of summed counts: the geometric mean of the n-gram precisions times
/// the brevity penalty, in [0, 1]. No smoothing: 0 where an order has no match.
[[nodiscard]] double bleu(const BleuCounts& sum, std::size_t order);

}  // namespace rap::evaluation
