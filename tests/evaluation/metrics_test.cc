// SPDX-License-Identifier: Apache-2.0
#include "evaluation/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace rap::evaluation {
namespace {

constexpr bool kKnown = true, kUnknown = false, kRight = true, kWrong = false;

TEST(Quantile, InterpolatesBetweenNeighbours) {
  EXPECT_EQ(quantile({3.0, 1.0, 2.0}, 0.0), 1.0);
  EXPECT_EQ(quantile({3.0, 1.0, 2.0}, 0.5), 2.0);
  EXPECT_EQ(quantile({3.0, 1.0, 2.0}, 1.0), 3.0);
  EXPECT_NEAR(quantile({0.0, 10.0}, 0.95), 9.5, 1e-12);
  EXPECT_EQ(quantile({7.0}, 0.3), 7.0);
}

TEST(Rates, CountKnownAndUnknownPhotosApart) {
  const Outcomes outcomes{{0.9, kKnown, kRight}, {0.8, kKnown, kWrong},   {0.4, kKnown, kRight},
                          {0.2, kKnown, kRight}, {0.7, kUnknown, kWrong}, {0.3, kUnknown, kWrong}};
  EXPECT_NEAR(top1(outcomes), 0.75, 1e-12);
  EXPECT_NEAR(true_positive_rate(outcomes, 0.5), 0.25, 1e-12);  // a confident wrong name is not found
  EXPECT_NEAR(true_positive_rate(outcomes, 0.3), 0.5, 1e-12);
  EXPECT_NEAR(false_positive_rate(outcomes, 0.5), 0.5, 1e-12);
  EXPECT_NEAR(false_positive_rate(outcomes, 0.7), 0.0, 1e-12);  // above, not at
  EXPECT_EQ(top1({}), 0.0);
}

TEST(ThresholdAt, LeavesTheWantedShareOfUnknownPhotosOfAllDrawsAbove) {
  std::vector<Outcomes> draws(2);
  for (int i = 0; i < 100; ++i) {
    draws[static_cast<std::size_t>(i % 2)].push_back({0.01 * i, kUnknown, kWrong});
    draws[0].push_back({2.0, kKnown, kRight});
  }
  const double threshold = threshold_at(draws, 0.05);
  const double accepted = 50.0 * (false_positive_rate(draws[0], threshold) + false_positive_rate(draws[1], threshold));
  EXPECT_NEAR(accepted, 5.0, 1e-9);
}

TEST(LeastThreshold, NeverLetsMoreThanTheRateThrough) {
  for (const std::size_t photos : {std::size_t{7}, std::size_t{99}, std::size_t{150}, std::size_t{1000}}) {
    Outcomes outcomes{{0.9, kKnown, kRight}};
    for (std::size_t i = 0; i < photos; ++i) {
      outcomes.push_back({static_cast<double>(i) / static_cast<double>(photos), kUnknown, kWrong});
    }
    for (const double rate : {0.0, 0.01, 0.05, 0.3, 1.0}) {
      const double threshold = least_threshold(std::span(&outcomes, 1), rate);
      const auto accepted = static_cast<double>(
          std::count_if(outcomes.begin() + 1, outcomes.end(), [&](const Outcome& o) { return o.score >= threshold; }));
      EXPECT_LE(accepted, rate * static_cast<double>(photos)) << rate;
      EXPECT_GT(accepted + 1.0, rate * static_cast<double>(photos)) << "no higher than needed, " << rate;
    }
  }
  EXPECT_EQ(least_threshold(std::vector<Outcomes>{}, 0.01), 0.0);
}

TEST(LeastThreshold, TakesNoneOfEqualScoresIfAllAreTooMany) {
  const std::vector<Outcomes> draws{Outcomes(10, {0.5, kUnknown, kWrong})};
  EXPECT_GT(least_threshold(draws, 0.2), 0.5);
}

TEST(Bootstrap, IsTheFigureWithAnIntervalAroundIt) {
  std::vector<Outcomes> draws;
  for (int i = 0; i < 40; ++i) draws.push_back({{1.0, kKnown, i % 4 != 0}});
  const Estimate estimate = bootstrap(draws, mean_of(top1));
  EXPECT_NEAR(estimate.mean, 0.75, 1e-12);
  const double deviation = std::sqrt(0.75 * 0.25 / 40.0);
  EXPECT_NEAR(estimate.low, 0.75 - 1.96 * deviation, 0.05);
  EXPECT_NEAR(estimate.high, 0.75 + 1.96 * deviation, 0.05);

  const std::vector<Outcomes> equal(10, Outcomes{{1.0, kKnown, kRight}, {0.5, kUnknown, kWrong}});
  const Estimate certain = bootstrap(equal, true_positive_rate_at(0.05));
  EXPECT_EQ(certain.low, 1.0);
  EXPECT_EQ(certain.high, 1.0);
  EXPECT_EQ(bootstrap({}, mean_of(top1)).mean, 0.0);
}

TEST(Reliability, BinsProbabilitiesAndAveragesTheGaps) {
  const std::vector<Outcomes> draws{{{0.95, kKnown, kRight}, {1.0, kKnown, kRight}},
                                    {{0.25, kUnknown, kWrong}, {0.25, kKnown, kRight}}};
  const Reliability result = reliability(draws);
  EXPECT_EQ(result.bins[9].count, 2U);
  EXPECT_NEAR(result.bins[9].probability, 0.975, 1e-12);
  EXPECT_NEAR(result.bins[9].right, 1.0, 1e-12);
  EXPECT_EQ(result.bins[2].count, 2U);
  EXPECT_NEAR(result.bins[2].right, 0.5, 1e-12);
  EXPECT_EQ(result.bins[5].count, 0U);
  EXPECT_NEAR(result.error, 0.5 * 0.025 + 0.5 * 0.25, 1e-12);
}

}  // namespace
}  // namespace rap::evaluation
