// SPDX-License-Identifier: Apache-2.0
#include "evaluation/bleu.h"

#include <algorithm>
#include <cmath>

namespace rap::evaluation {
namespace {

std::size_t distance(std::size_t a, std::size_t b) { return a > b ? a - b : b - a; }

std::size_t closest_length(std::size_t length, std::span<const Words> references) {
  std::size_t closest = references.front().size();
  for (const Words& reference : references) {
    const std::size_t present = distance(closest, length);
    const std::size_t candidate = distance(reference.size(), length);
    if (candidate < present || (candidate == present && reference.size() < closest)) closest = reference.size();
  }
  return closest;
}

/// The most often that each n-gram occurs in one reference.
Ngrams most_counts(std::span<const Words> references) {
  Ngrams most;
  for (const Words& reference : references) {
    const Ngrams counts = count_ngrams(reference);
    for (std::size_t n = 0; n < kOrders; ++n) {
      for (const auto& [ngram, count] : counts[n]) most[n][ngram] = std::max(most[n][ngram], count);
    }
  }
  return most;
}

}  // namespace

BleuCounts& BleuCounts::operator+=(const BleuCounts& other) {
  for (std::size_t n = 0; n < kOrders; ++n) {
    matched[n] += other.matched[n];
    total[n] += other.total[n];
  }
  length += other.length;
  reference_length += other.reference_length;
  return *this;
}

BleuCounts count_bleu(const Words& caption, std::span<const Words> references) {
  BleuCounts counts{.length = caption.size(), .reference_length = closest_length(caption.size(), references)};
  const Ngrams most = most_counts(references);
  const Ngrams ngrams = count_ngrams(caption);
  for (std::size_t n = 0; n < kOrders; ++n) {
    for (const auto& [ngram, count] : ngrams[n]) {
      counts.total[n] += static_cast<std::size_t>(count);
      const auto allowed = most[n].find(ngram);
      if (allowed != most[n].end()) counts.matched[n] += static_cast<std::size_t>(std::min(count, allowed->second));
    }
  }
  return counts;
}

double bleu(const BleuCounts& sum, std::size_t order) {
  double log_precision = 0.0;
  for (std::size_t n = 0; n < order; ++n) {
    if (sum.matched[n] == 0) return 0.0;
    log_precision += std::log(static_cast<double>(sum.matched[n]) / static_cast<double>(sum.total[n]));
  }
  const double ratio = static_cast<double>(sum.reference_length) / static_cast<double>(sum.length);
  const double brevity = std::min(0.0, 1.0 - ratio);
  return std::exp(log_precision / static_cast<double>(order) + brevity);
}

}  // namespace rap::evaluation
