// SPDX-License-Identifier: Apache-2.0
#include "retrieval/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>

namespace rap {
namespace {

constexpr std::size_t kWeights = 3;
constexpr double kRidge = 1e-3;
constexpr int kNewtonSteps = 50;

/// The share of photos that show nothing known whose best match is at least this probable.
struct FalseRate {
  double probability = 0.0;
  double rate = 0.0;
};

/// Of the default calibration: the mean of DreamBooth and of the Grocery products that the encoder's branch was not
/// trained on, half of the subjects known, 200 draws each (docs/evaluation.md, False rates). Both columns must rise or
/// fall throughout.
constexpr std::array kFalseRates{FalseRate{0.0, 1.0},    FalseRate{0.1, 0.465}, FalseRate{0.2, 0.332},
                                 FalseRate{0.3, 0.253},  FalseRate{0.4, 0.202}, FalseRate{0.5, 0.168},
                                 FalseRate{0.6, 0.139},  FalseRate{0.7, 0.109}, FalseRate{0.8, 0.078},
                                 FalseRate{0.85, 0.062}, FalseRate{0.9, 0.042}, FalseRate{0.95, 0.0205},
                                 FalseRate{0.98, 0.001}, FalseRate{1.0, 0.0}};

using Vector = std::array<double, kWeights>;
using Matrix = std::array<Vector, kWeights>;

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double dot(const Vector& a, const Vector& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < kWeights; ++i) sum += a[i] * b[i];
  return sum;
}

Vector inputs(const MatchFeatures& features) { return {features.similarity, features.margin, 1.0}; }

/// Solves a x = b for a symmetric positive definite `a` by Gaussian elimination.
Vector solve(Matrix a, Vector b) {
  for (std::size_t pivot = 0; pivot < kWeights; ++pivot) {
    for (std::size_t row = pivot + 1; row < kWeights; ++row) {
      const double factor = a[row][pivot] / a[pivot][pivot];
      for (std::size_t column = pivot; column < kWeights; ++column) a[row][column] -= factor * a[pivot][column];
      b[row] -= factor * b[pivot];
    }
  }
  Vector x{};
  for (std::size_t row = kWeights; row-- > 0;) {
    double rest = b[row];
    for (std::size_t column = row + 1; column < kWeights; ++column) rest -= a[row][column] * x[column];
    x[row] = rest / a[row][row];
  }
  return x;
}

}  // namespace

double Calibration::probability(const MatchFeatures& features) const { return sigmoid(logit(features)); }

float Calibration::least_similarity(double probability) const {
  if (similarity_weight <= 0.0) return -std::numeric_limits<float>::infinity();
  const double wanted = std::log(probability / (1.0 - probability));
  const double margin = margin_weight * static_cast<double>(kMarginCap);
  return static_cast<float>((wanted - margin - bias) / similarity_weight);
}

double Calibration::threshold_for_false_rate(double rate) const {
  const auto at =
      std::find_if(kFalseRates.begin(), kFalseRates.end(), [&](const FalseRate& row) { return row.rate <= rate; });
  if (at == kFalseRates.begin()) return at->probability;
  if (at == kFalseRates.end()) return 1.0;
  const FalseRate& before = *std::prev(at);
  const double share = (before.rate - rate) / (before.rate - at->rate);
  return before.probability + share * (at->probability - before.probability);
}

const Calibration& default_calibration() {
  static constexpr Calibration kDefault{.similarity_weight = 20.5, .margin_weight = 58.6, .bias = -20.3};
  return kDefault;
}

Calibration fit_calibration(std::span<const CalibrationSample> samples) {
  Vector weights{};
  for (int step = 0; step < kNewtonSteps; ++step) {
    Vector gradient{};
    Matrix hessian{};
    for (std::size_t i = 0; i < kWeights; ++i) {
      gradient[i] = kRidge * weights[i];
      hessian[i][i] = kRidge;
    }
    for (const CalibrationSample& sample : samples) {
      const Vector x = inputs(sample.features);
      const double p = sigmoid(dot(weights, x));
      for (std::size_t i = 0; i < kWeights; ++i) {
        gradient[i] += (p - (sample.is_right ? 1.0 : 0.0)) * x[i];
        for (std::size_t j = 0; j < kWeights; ++j) hessian[i][j] += p * (1.0 - p) * x[i] * x[j];
      }
    }
    const Vector change = solve(hessian, gradient);
    for (std::size_t i = 0; i < kWeights; ++i) weights[i] -= change[i];
    if (dot(change, change) < 1e-16) break;
  }
  return {.similarity_weight = weights[0], .margin_weight = weights[1], .bias = weights[2]};
}

}  // namespace rap
