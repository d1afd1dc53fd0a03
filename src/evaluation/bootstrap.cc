// SPDX-License-Identifier: Apache-2.0
#include "evaluation/bootstrap.h"

#include <numeric>
#include <vector>

#include "core/random.h"
#include "evaluation/metrics.h"

namespace rap::evaluation {
namespace {

constexpr std::size_t kResamples = 200;
constexpr double kTail = 0.025;  ///< outside a 95 % interval, on either side

}  // namespace

Estimate bootstrap(std::size_t count, const FigureOf& figure) {
  if (count == 0) return {};
  std::vector<std::size_t> chosen(count);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  Estimate estimate{.mean = figure(chosen)};
  Random random(kResamples);
  std::vector<double> values;
  for (std::size_t i = 0; i < kResamples; ++i) {
    for (std::size_t& index : chosen) index = random.below(count);
    values.push_back(figure(chosen));
  }
  estimate.low = quantile(values, kTail);
  estimate.high = quantile(values, 1.0 - kTail);
  return estimate;
}

}  // namespace rap::evaluation
