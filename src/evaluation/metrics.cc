// SPDX-License-Identifier: Apache-2.0
#include "evaluation/metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace rap::evaluation {
namespace {

/// Share of the outcomes selected by `of` that fulfil `what`; 0 if none is selected.
template <class Of, class What>
double share(const Outcomes& outcomes, const Of& of, const What& what) {
  std::size_t total = 0;
  std::size_t hits = 0;
  for (const Outcome& outcome : outcomes) {
    if (!of(outcome)) continue;
    ++total;
    if (what(outcome)) ++hits;
  }
  return total == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(total);
}

bool is_known(const Outcome& outcome) { return outcome.is_known; }
bool is_unknown(const Outcome& outcome) { return !outcome.is_known; }

std::vector<double> scores_of_unknown(std::span<const Outcomes> draws) {
  std::vector<double> scores;
  for (const Outcomes& outcomes : draws) {
    for (const Outcome& outcome : outcomes) {
      if (!outcome.is_known) scores.push_back(outcome.score);
    }
  }
  return scores;
}

}  // namespace

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double position = q * static_cast<double>(values.size() - 1);
  const auto lower = static_cast<std::size_t>(position);
  const std::size_t upper = std::min(lower + 1, values.size() - 1);
  return values[lower] + (position - static_cast<double>(lower)) * (values[upper] - values[lower]);
}

double top1(const Outcomes& outcomes) {
  return share(outcomes, is_known, [](const Outcome& outcome) { return outcome.is_right; });
}

double true_positive_rate(const Outcomes& outcomes, double threshold) {
  return share(outcomes, is_known,
               [&](const Outcome& outcome) { return outcome.is_right && outcome.score > threshold; });
}

double false_positive_rate(const Outcomes& outcomes, double threshold) {
  return share(outcomes, is_unknown, [&](const Outcome& outcome) { return outcome.score > threshold; });
}

double threshold_at(std::span<const Outcomes> draws, double rate) {
  std::vector<double> scores = scores_of_unknown(draws);
  return scores.empty() ? 0.0 : quantile(std::move(scores), 1.0 - rate);
}

double least_threshold(std::span<const Outcomes> draws, double rate) {
  std::vector<double> scores = scores_of_unknown(draws);
  const auto allowed = static_cast<std::size_t>(rate * static_cast<double>(scores.size()));
  if (allowed >= scores.size()) return 0.0;
  std::sort(scores.begin(), scores.end(), std::greater<>());
  return std::nextafter(scores[allowed], std::numeric_limits<double>::infinity());
}

Estimate bootstrap(std::span<const Outcomes> draws, const Figure& figure) {
  std::vector<Outcomes> resampled(draws.size());
  return bootstrap(draws.size(), [&](std::span<const std::size_t> chosen) {
    for (std::size_t i = 0; i < chosen.size(); ++i) resampled[i] = draws[chosen[i]];
    return figure(resampled);
  });
}

Figure mean_of(std::function<double(const Outcomes&)> figure) {
  return [figure = std::move(figure)](std::span<const Outcomes> draws) {
    double sum = 0.0;
    for (const Outcomes& outcomes : draws) sum += figure(outcomes);
    return sum / static_cast<double>(draws.size());
  };
}

Figure true_positive_rate_at(double false_positive_rate) {
  return [false_positive_rate](std::span<const Outcomes> draws) {
    const double threshold = threshold_at(draws, false_positive_rate);
    return mean_of([&](const Outcomes& outcomes) { return true_positive_rate(outcomes, threshold); })(draws);
  };
}

Reliability reliability(std::span<const Outcomes> draws) {
  Reliability result;
  double total = 0.0;
  for (const Outcomes& outcomes : draws) {
    for (const Outcome& outcome : outcomes) {
      const auto last = static_cast<double>(result.bins.size() - 1);
      auto& bin = result.bins[static_cast<std::size_t>(std::clamp(std::floor(outcome.score * 10.0), 0.0, last))];
      ++bin.count;
      bin.probability += outcome.score;
      bin.right += outcome.is_right ? 1.0 : 0.0;
      total += 1.0;
    }
  }
  for (auto& bin : result.bins) {
    if (bin.count == 0) continue;
    const auto count = static_cast<double>(bin.count);
    bin.probability /= count;
    bin.right /= count;
    result.error += std::abs(bin.probability - bin.right) * count / total;
  }
  return result;
}

}  // namespace rap::evaluation
