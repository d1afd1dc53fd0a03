// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/projector.h"

#include <cmath>
#include <map>
#include <utility>

#include "core/dot_products.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/safetensors.h"
#include "generation/feature_grid.h"

namespace rap {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 256'000'000;
constexpr float kNormEpsilon = 1e-5F;
constexpr std::int64_t kMaxSide = 1 << 16;

using Tensors = std::map<std::string, Tensor>;
using Shape = std::vector<std::int64_t>;

/// Moves a tensor out; empty unless it is there with this shape.
std::vector<float> take(Tensors& tensors, const std::string& name, const Shape& shape) {
  const auto found = tensors.find(name);
  if (found == tensors.end() || found->second.shape != shape) return {};
  return std::move(found->second.values);
}

/// Rows of a tensor with two dimensions; 0 if it is missing or unfit.
std::int64_t rows(const Tensors& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end() || found->second.shape.size() != 2) return 0;
  const std::int64_t count = found->second.shape[0];
  return count <= kMaxSide ? count : 0;
}

float gelu(float x) { return 0.5F * x * (1.0F + std::erf(x * 0.70710678F)); }

/// x [count, columns] times weight^T [columns, rows] plus bias: [count, rows].
std::vector<float> linear(std::span<const float> x, std::size_t count, std::span<const float> weight,
                          std::span<const float> bias) {
  const std::size_t columns = x.size() / count;
  std::vector<float> y(count * bias.size());
  dot_products({x.data(), count, columns}, {weight.data(), bias.size(), columns}, y);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += bias[i % bias.size()];
  return y;
}

}  // namespace

Result<Projector> Projector::load(const std::filesystem::path& file) {
  auto content = read_file(file, kMaxFileBytes);
  if (!content) return Unexpected{content.error()};
  auto tensors = read_safetensors(*content);
  if (!tensors) {
    return fail(tensors.error().code, "'" + file.string() + "': " + tensors.error().message);
  }
  const std::int64_t tokens = rows(*tensors, "pos");
  const std::int64_t hidden = rows(*tensors, "a.weight");
  const std::int64_t width = rows(*tensors, "b.weight");
  const std::int64_t channels = tokens > 0 ? tensors->at("pos").shape[1] : 0;

  Projector projector;
  projector.tokens_ = static_cast<int>(tokens);
  projector.grid_ = static_cast<int>(std::lround(std::sqrt(static_cast<double>(tokens))));
  projector.channels_ = static_cast<int>(channels);
  projector.width_ = static_cast<int>(width);
  projector.norm_weight_ = take(*tensors, "ln.weight", {channels});
  projector.norm_bias_ = take(*tensors, "ln.bias", {channels});
  projector.position_ = take(*tensors, "pos", {tokens, channels});
  projector.a_ = {take(*tensors, "a.weight", {hidden, channels}), take(*tensors, "a.bias", {hidden})};
  projector.b_ = {take(*tensors, "b.weight", {width, hidden}), take(*tensors, "b.bias", {width})};
  const auto scale = take(*tensors, "sc", {1});
  const bool whole = channels > 0 && channels <= kMaxSide && projector.grid_ * projector.grid_ == projector.tokens_ &&
                     !projector.norm_weight_.empty() && !projector.norm_bias_.empty() && !projector.position_.empty() &&
                     !projector.a_.weight.empty() && !projector.a_.bias.empty() && !projector.b_.weight.empty() &&
                     !projector.b_.bias.empty() && !scale.empty();
  if (!whole)
    return fail(ErrorCode::kCorrupt, "'" + file.string() + "' lacks a tensor of a projector, or one has another shape");
  projector.scale_ = scale[0];
  projector.fingerprint_ = "rap-visual-tokens-1:" + sha256_hex(*content);
  return projector;
}

Result<std::vector<float>> Projector::pool(const FeatureMap& features) const {
  if (features.channels != channels_) {
    return fail(ErrorCode::kInvalidArgument,
                "the projector reads " + std::to_string(channels_) + " channels; the feature map has " +
                    std::to_string(features.channels),
                "features");
  }
  return pool_grid(features, grid_);
}

std::vector<float> Projector::normalised(std::span<const float> pooled) const {
  const auto channels = static_cast<std::size_t>(channels_);
  std::vector<float> result(pooled.size());
  for (std::size_t begin = 0; begin < pooled.size(); begin += channels) {
    const auto row = pooled.subspan(begin, channels);
    double mean = 0.0;
    for (const float value : row) mean += value;
    mean /= static_cast<double>(channels);
    double variance = 0.0;
    for (const float value : row) variance += (value - mean) * (value - mean);
    variance /= static_cast<double>(channels);
    const auto centre = static_cast<float>(mean);
    const float factor = 1.0F / std::sqrt(static_cast<float>(variance) + kNormEpsilon);
    for (std::size_t i = 0; i < channels; ++i) {
      result[begin + i] = (row[i] - centre) * factor * norm_weight_[i] + norm_bias_[i] + position_[begin + i];
    }
  }
  return result;
}

std::vector<float> Projector::project(std::span<const float> pooled) const {
  const auto count = static_cast<std::size_t>(tokens_);
  auto hidden = linear(normalised(pooled), count, a_.weight, a_.bias);
  for (float& value : hidden) value = gelu(value);
  auto tokens = linear(hidden, count, b_.weight, b_.bias);
  for (float& value : tokens) value *= scale_;
  return tokens;
}

}  // namespace rap
