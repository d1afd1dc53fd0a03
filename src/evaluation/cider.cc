// SPDX-License-Identifier: Apache-2.0
#include "evaluation/cider.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace rap::evaluation {
namespace {

constexpr double kSigma = 6.0;
constexpr double kScale = 10.0;

}  // namespace

Cider::Cider(std::span<const std::vector<Words>> corpus) : log_photos_(std::log(static_cast<double>(corpus.size()))) {
  for (const auto& references : corpus) {
    std::unordered_set<std::string> seen;
    for (const Words& reference : references) {
      for (const NgramCounts& counts : count_ngrams(reference)) {
        for (const auto& [ngram, count] : counts) seen.insert(ngram);
      }
    }
    for (const std::string& ngram : seen) photos_with_[ngram] += 1.0;
  }
}

Cider::Weighted Cider::weigh(const Words& words) const {
  Weighted weighted{.weights = {}, .length = static_cast<double>(words.size())};
  const Ngrams ngrams = count_ngrams(words);
  for (std::size_t n = 0; n < kOrders; ++n) {
    double squares = 0.0;
    for (const auto& [ngram, count] : ngrams[n]) {
      const auto found = photos_with_.find(ngram);
      const double photos = found == photos_with_.end() ? 1.0 : found->second;
      const double weight = count * (log_photos_ - std::log(photos));
      weighted.weights[n][ngram] = weight;
      squares += weight * weight;
    }
    weighted.norms[n] = std::sqrt(squares);
  }
  return weighted;
}

double Cider::similarity(const Weighted& caption, const Weighted& reference) {
  double sum = 0.0;
  for (std::size_t n = 0; n < kOrders; ++n) {
    const double norms = caption.norms[n] * reference.norms[n];
    if (norms == 0.0) continue;
    double product = 0.0;
    for (const auto& [ngram, weight] : caption.weights[n]) {
      const auto other = reference.weights[n].find(ngram);
      // Clipped, so that repeating a rare word does not pay.
      if (other != reference.weights[n].end()) product += std::min(weight, other->second) * other->second;
    }
    sum += product / norms;
  }
  const double difference = caption.length - reference.length;
  return sum / static_cast<double>(kOrders) * std::exp(-difference * difference / (2.0 * kSigma * kSigma));
}

double Cider::score(const Words& caption, std::span<const Words> references) const {
  if (references.empty()) return 0.0;
  const Weighted weighted = weigh(caption);
  double sum = 0.0;
  for (const Words& reference : references) sum += similarity(weighted, weigh(reference));
  return kScale * sum / static_cast<double>(references.size());
}

}  // namespace rap::evaluation
