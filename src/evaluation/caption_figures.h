// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "evaluation/bootstrap.h"
#include "evaluation/ngrams.h"

namespace rap::evaluation {

/// How like their references captions are, over a set; intervals by resampling photos.
struct CaptionFigures {
  std::array<Estimate, kOrders> bleu;  ///< BLEU-1 to BLEU-4, of the corpus, [0, 1]
  Estimate cider;                      ///< mean CIDEr-D, [0, 10]
};

/// Compares captions[i] with references[i] (at least one each). How rare an n-gram is, CIDEr counts in
/// all of `references`: it may be longer than `captions` where not all photos were captioned.
[[nodiscard]] CaptionFigures caption_figures(std::span<const std::string> captions,
                                             std::span<const std::vector<std::string>> references);

}  // namespace rap::evaluation
