// SPDX-License-Identifier: Apache-2.0
#include "retrieval/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace rap {
namespace {

TEST(Calibration, IsTheLogisticFunctionOfItsFeatures) {
  const Calibration calibration{.similarity_weight = 10.0, .margin_weight = 20.0, .bias = -7.0};
  EXPECT_NEAR(calibration.probability({.similarity = 0.5F, .margin = 0.1F}), 0.5, 1e-6);
  EXPECT_NEAR(calibration.probability({.similarity = 0.7F, .margin = 0.1F}), 1.0 / (1.0 + std::exp(-2.0)), 1e-6);
  EXPECT_LT(calibration.probability({.similarity = -1.0F, .margin = -1.0F}), 1e-12);
}

TEST(Calibration, OfTheDefaultEncoderGrowsWithBothFeatures) {
  const Calibration& calibration = default_calibration();
  EXPECT_GT(calibration.similarity_weight, 0.0);
  EXPECT_GT(calibration.margin_weight, 0.0);
  EXPECT_GT(calibration.probability({.similarity = 0.95F, .margin = kMarginCap}), 0.9);
  EXPECT_LT(calibration.probability({.similarity = 0.4F, .margin = 0.0F}), 0.1);
}

TEST(Calibration, ARarerFalseNameTakesAHigherThreshold) {
  const Calibration& calibration = default_calibration();
  EXPECT_EQ(calibration.threshold_for_false_rate(1.0), 0.0);
  EXPECT_EQ(calibration.threshold_for_false_rate(0.0), 1.0);
  double last = 1.0;
  for (const double rate : {0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9}) {
    const double threshold = calibration.threshold_for_false_rate(rate);
    EXPECT_LT(threshold, last) << rate;
    EXPECT_GT(threshold, 0.0) << rate;
    last = threshold;
  }
}

TEST(FitCalibration, RecoversTheWeightsThatMadeTheSamples) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const Calibration truth{.similarity_weight = 12.0, .margin_weight = 30.0, .bias = -9.0};
  std::uniform_real_distribution<float> similarity(0.2F, 1.0F), margin(0.0F, kMarginCap);
  std::vector<CalibrationSample> samples;
  for (int i = 0; i < 200'000; ++i) {
    const MatchFeatures features{similarity(random), margin(random)};
    samples.push_back({features, std::bernoulli_distribution(truth.probability(features))(random)});
  }
  const Calibration fitted = fit_calibration(samples);
  EXPECT_NEAR(fitted.similarity_weight, truth.similarity_weight, 0.6);
  EXPECT_NEAR(fitted.margin_weight, truth.margin_weight, 2.0);
  EXPECT_NEAR(fitted.bias, truth.bias, 0.5);
}

TEST(FitCalibration, StaysFiniteWhenSamplesAreSeparable) {
  std::vector<CalibrationSample> samples;
  for (int i = 0; i < 50; ++i) {
    const auto step = static_cast<float>(i) * 0.001F;
    samples.push_back({{0.9F + step, 0.09F}, true});
    samples.push_back({{0.3F + step, 0.01F}, false});
  }
  const Calibration fitted = fit_calibration(samples);
  for (const double weight : {fitted.similarity_weight, fitted.margin_weight, fitted.bias}) {
    EXPECT_TRUE(std::isfinite(weight)) << weight;
  }
  EXPECT_GT(fitted.probability({0.92F, 0.09F}), 0.9);
  EXPECT_LT(fitted.probability({0.32F, 0.01F}), 0.1);
}

TEST(FitCalibration, StaysFiniteWhenAFeatureNeverVaries) {
  const std::vector<CalibrationSample> samples{{{0.9F, kMarginCap}, true},
                                               {{0.8F, kMarginCap}, true},
                                               {{0.7F, kMarginCap}, false},
                                               {{0.85F, kMarginCap}, false}};
  const Calibration fitted = fit_calibration(samples);
  EXPECT_TRUE(std::isfinite(fitted.similarity_weight + fitted.margin_weight + fitted.bias));
}

}  // namespace
}  // namespace rap
