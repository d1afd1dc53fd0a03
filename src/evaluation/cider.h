// SPDX-License-Identifier: Apache-2.0
// CIDEr-D (Vedantam, Zitnick, Parikh 2015), as the COCO caption evaluation computes it.
#pragma once

#include <array>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "evaluation/caption_words.h"
#include "evaluation/ngrams.h"

namespace rap::evaluation {

/// Scores captions against references. Immutable after construction, thread-safe.
class Cider {
 public:
  /// `corpus`: the references of every photo of the set; how rare an n-gram is, is counted in photos.
  explicit Cider(std::span<const std::vector<Words>> corpus);

  /// CIDEr-D of one caption: mean over n = 1..4 and over the references of the clipped tf-idf cosine
  /// with a Gaussian penalty on the difference in length (sigma 6), times 10. In [0, 10].
  [[nodiscard]] double score(const Words& caption, std::span<const Words> references) const;

 private:
  /// A text as tf-idf vectors.
  struct Weighted {
    std::array<std::unordered_map<std::string, double>, kOrders> weights;
    std::array<double, kOrders> norms{};
    double length = 0.0;
  };

  [[nodiscard]] Weighted weigh(const Words& words) const;

  /// The mean over n of the clipped cosine with one reference, with the penalty on length.
  [[nodiscard]] static double similarity(const Weighted& caption, const Weighted& reference);

  std::unordered_map<std::string, double> photos_with_;  ///< how many photos have a reference with the n-gram
  double log_photos_ = 0.0;
};

}  // namespace rap::evaluation
