// SPDX-License-Identifier: Apache-2.0
#include "dataset/linear_probes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rap::dataset {
namespace {

/// A symmetric matrix, of which only the lower triangle is used.
struct Matrix {
  std::size_t side = 0;
  std::vector<double> values;

  double& at(std::size_t row, std::size_t column) { return values[row * side + column]; }
  [[nodiscard]] const double* row(std::size_t index) const { return values.data() + index * side; }
};

std::vector<float> mean_of(const ProbeExamples& examples) {
  std::vector<double> sums(examples.dimensions, 0.0);
  for (std::size_t i = 0; i < examples.values.size(); ++i) sums[i % examples.dimensions] += examples.values[i];
  std::vector<float> mean;
  mean.reserve(sums.size());
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / static_cast<double>(examples.labels.size())));
  return mean;
}

/// Sum over the examples of their outer products, less the mean. A block of examples is transposed
/// first, so that the inner loop runs along memory.
Matrix scatter_of(const ProbeExamples& examples, const std::vector<float>& mean) {
  constexpr std::size_t kBlock = 256;
  const std::size_t d = examples.dimensions;
  Matrix scatter{d, std::vector<double>(d * d, 0.0)};
  std::vector<float> block(d * kBlock);
  const std::size_t n = examples.labels.size();
  for (std::size_t begin = 0; begin < n; begin += kBlock) {
    const std::size_t count = std::min(kBlock, n - begin);
    std::fill(block.begin(), block.end(), 0.0F);
    for (std::size_t e = 0; e < count; ++e) {
      const float* values = examples.values.data() + (begin + e) * d;
      for (std::size_t i = 0; i < d; ++i) block[i * kBlock + e] = values[i] - mean[i];
    }
    for (std::size_t i = 0; i < d; ++i) {
      const float* a = block.data() + i * kBlock;
      for (std::size_t j = 0; j <= i; ++j) {
        const float* b = block.data() + j * kBlock;
        // Independent sums let the compiler use wide registers without reordering additions.
        constexpr std::size_t kLanes = 16;
        float sums[kLanes] = {};
        for (std::size_t e = 0; e < kBlock; e += kLanes) {
          for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[e + lane] * b[e + lane];
        }
        float sum = 0.0F;
        for (const float lane : sums) sum += lane;
        scatter.at(i, j) += static_cast<double>(sum);
      }
    }
  }
  return scatter;
}

/// Cholesky factor of a positive definite matrix, in its place.
void factorise(Matrix& matrix) {
  const auto dot = [](const double* a, const double* b, std::size_t length) {
    double sum = 0.0;
    for (std::size_t i = 0; i < length; ++i) sum += a[i] * b[i];
    return sum;
  };
  for (std::size_t row = 0; row < matrix.side; ++row) {
    for (std::size_t column = 0; column < row; ++column) {
      const double rest = matrix.at(row, column) - dot(matrix.row(row), matrix.row(column), column);
      matrix.at(row, column) = rest / matrix.at(column, column);
    }
    matrix.at(row, row) = std::sqrt(matrix.at(row, row) - dot(matrix.row(row), matrix.row(row), row));
  }
}

/// Solves factor * transpose(factor) * x = right, in the place of `right`.
void solve(const Matrix& factor, std::vector<double>& right) {
  for (std::size_t i = 0; i < factor.side; ++i) {
    for (std::size_t j = 0; j < i; ++j) right[i] -= factor.row(i)[j] * right[j];
    right[i] /= factor.row(i)[i];
  }
  for (std::size_t i = factor.side; i-- > 0;) {
    right[i] /= factor.row(i)[i];
    for (std::size_t j = 0; j < i; ++j) right[j] -= factor.row(i)[j] * right[i];
  }
}

/// The examples of each class.
Result<std::vector<std::vector<std::size_t>>> members_of(const ProbeExamples& examples) {
  std::vector<std::vector<std::size_t>> members(examples.classes);
  for (std::size_t e = 0; e < examples.labels.size(); ++e) {
    for (const std::size_t label : examples.labels[e]) {
      if (label >= examples.classes) return fail(ErrorCode::kInvalidArgument, "a label is no class", "labels");
      members[label].push_back(e);
    }
  }
  return members;
}

}  // namespace

Result<LinearProbes> LinearProbes::train(const ProbeExamples& examples, double ridge) {
  const std::size_t d = examples.dimensions;
  const std::size_t n = examples.labels.size();
  if (n == 0 || d == 0) return fail(ErrorCode::kInvalidArgument, "probes need examples", "values");
  if (examples.values.size() != n * d) return fail(ErrorCode::kInvalidArgument, "values and labels differ", "values");
  const auto members = members_of(examples);
  if (!members) return Unexpected{members.error()};

  const std::vector<float> mean = mean_of(examples);
  Matrix matrix = scatter_of(examples, mean);
  double trace = 0.0;
  for (std::size_t i = 0; i < d; ++i) trace += matrix.at(i, i);
  const double damping = std::max(ridge * trace / static_cast<double>(d), 1e-9);
  for (std::size_t i = 0; i < d; ++i) matrix.at(i, i) += damping;
  factorise(matrix);

  LinearProbes probes;
  probes.dimensions_ = d;
  for (const auto& group : *members) {
    std::vector<double> right(d, 0.0);
    for (const std::size_t e : group) {
      for (std::size_t i = 0; i < d; ++i) right[i] += static_cast<double>(examples.values[e * d + i] - mean[i]);
    }
    solve(matrix, right);
    double bias = static_cast<double>(group.size()) / static_cast<double>(n);
    for (std::size_t i = 0; i < d; ++i) bias -= right[i] * static_cast<double>(mean[i]);
    for (const double weight : right) probes.weights_.push_back(static_cast<float>(weight));
    probes.biases_.push_back(static_cast<float>(bias));
  }
  return probes;
}

float LinearProbes::score(std::size_t of_class, std::span<const float> embedding) const {
  const auto row = weights(of_class);
  return std::inner_product(row.begin(), row.end(), embedding.begin(), biases_[of_class]);
}

}  // namespace rap::dataset
