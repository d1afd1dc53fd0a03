// SPDX-License-Identifier: Apache-2.0
#include "vision/embedding_head.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/files.h"
#include "core/safetensors.h"

namespace rap {
namespace {

constexpr std::uintmax_t kMaxHeadBytes = 64'000'000;

Unexpected corrupt(const std::string& what) { return fail(ErrorCode::kCorrupt, "the embedding head " + what); }

/// A tensor of small whole numbers.
std::vector<std::size_t> whole_numbers(const Tensor& tensor) {
  std::vector<std::size_t> numbers;
  for (const float value : tensor.values) {
    const bool is_whole = value >= 0.0F && value <= 1e6F && value == std::floor(value);
    if (!is_whole) return {};
    numbers.push_back(static_cast<std::size_t>(value));
  }
  return numbers;
}

Result<EmbeddingPart> read_part(Tensors& tensors, const std::string& prefix) {
  const auto numbers = whole_numbers(tensors[prefix + "maps"]);
  const auto power = whole_numbers(tensors[prefix + "power"]);
  const std::vector<float>& share = tensors[prefix + "share"].values;
  if (numbers.empty() || power.size() != 1 || share.size() != 1) return corrupt("lacks a number of a part");
  return EmbeddingPart{.maps = numbers,
                       .power = static_cast<int>(power.front()),
                       .weight = std::move(tensors[prefix + "weight"].values),
                       .bias = std::move(tensors[prefix + "bias"].values),
                       .share = share.front()};
}

/// Numbers of one embedding that a part makes of so many joined channels; 0 if its weights do not fit.
std::size_t dimensions_of(const EmbeddingPart& part, std::size_t joined) {
  if (part.weight.empty()) return part.bias.empty() ? joined : 0;
  const std::size_t rows = part.weight.size() / joined;
  const bool fits = rows * joined == part.weight.size() && (part.bias.empty() || part.bias.size() == rows);
  return fits ? rows : 0;
}

}  // namespace

EmbeddingHead plain_head(int channels, int power) {
  return {.fingerprint = "gem" + std::to_string(power),
          .parts = {{.maps = {0}, .power = power, .weight = {}, .bias = {}, .share = 1.0F}},
          .dimensions = static_cast<std::size_t>(channels)};
}

Result<EmbeddingHead> read_embedding_head(const std::filesystem::path& file, std::string fingerprint) {
  const auto bytes = read_file(file, kMaxHeadBytes);
  if (!bytes) return Unexpected{bytes.error()};
  auto tensors = read_safetensors(*bytes);
  if (!tensors) return Unexpected{tensors.error()};
  EmbeddingHead head{.fingerprint = std::move(fingerprint), .parts = {}, .dimensions = 0};
  for (std::string prefix = "0."; tensors->contains(prefix + "weight");
       prefix = std::to_string(head.parts.size()) + ".") {
    const auto& shape = tensors->at(prefix + "weight").shape;
    head.dimensions += shape.empty() ? 0 : static_cast<std::size_t>(shape.front());
    auto part = read_part(*tensors, prefix);
    if (!part) return Unexpected{part.error()};
    head.parts.push_back(std::move(*part));
  }
  if (head.parts.empty()) return corrupt("has no part");
  return head;
}

Result<void> check_embedding_head(const EmbeddingHead& head, std::span<const int> channels) {
  std::size_t dimensions = 0;
  for (const EmbeddingPart& part : head.parts) {
    std::size_t joined = 0;
    for (const std::size_t map : part.maps) {
      if (map >= channels.size()) return corrupt("reads a map that the encoder does not make");
      joined += static_cast<std::size_t>(channels[map]);
    }
    const std::size_t rows = joined == 0 ? 0 : dimensions_of(part, joined);
    if (rows == 0) return corrupt("does not fit the maps of the encoder");
    if (part.power != 1 && part.power != 2 && part.power != 4 && part.power != 8) {
      return corrupt("pools with a power that is not 1, 2, 4 or 8");
    }
    if (!(part.share > 0.0F && part.share <= 1.0F)) return corrupt("has a part whose share is not in (0, 1]");
    dimensions += rows;
  }
  if (dimensions == 0 || dimensions != head.dimensions) return corrupt("does not make as many numbers as it says");
  return {};
}

}  // namespace rap
