// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/safetensors.h"

#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace rap {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxHeaderBytes = 1U << 20U;
constexpr std::size_t kMaxTensors = 4096;
constexpr std::size_t kMaxDimensions = 8;

static_assert(std::endian::native == std::endian::little, "tensors are copied as they are stored");

Unexpected corrupt(const std::string& what) { return fail(ErrorCode::kCorrupt, "not a safetensors file: " + what); }

/// A list of non-negative whole numbers, or none if it is something else.
std::optional<std::vector<std::int64_t>> whole_numbers(const Json& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_array() || found->size() > kMaxDimensions) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const Json& number : *found) {
    if (!number.is_number_unsigned()) return std::nullopt;
    const auto value = number.get<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
    numbers.push_back(static_cast<std::int64_t>(value));
  }
  return numbers;
}

/// Product of the shape, or none if it exceeds `limit`.
std::optional<std::uint64_t> element_count(const std::vector<std::int64_t>& shape, std::uint64_t limit) {
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size != 0 && count > limit / static_cast<std::uint64_t>(size)) return std::nullopt;
    count *= static_cast<std::uint64_t>(size);
  }
  return count;
}

Result<Tensor> read_tensor(const std::string& name, const Json& entry, std::span<const std::byte> data) {
  if (!entry.is_object()) return corrupt("the entry of a tensor is not an object");
  const auto dtype = entry.find("dtype");
  if (dtype == entry.end() || *dtype != "F32") {
    return fail(ErrorCode::kUnsupported, "a tensor of a safetensors file is not F32");
  }
  auto shape = whole_numbers(entry, "shape");
  const auto offsets = whole_numbers(entry, "data_offsets");
  if (!shape || !offsets || offsets->size() != 2) return corrupt("bad shape or offsets of tensor '" + name + "'");
  const auto begin = static_cast<std::uint64_t>((*offsets)[0]);
  const auto end = static_cast<std::uint64_t>((*offsets)[1]);
  if (begin > end || end > data.size()) return corrupt("tensor '" + name + "' lies outside the file");
  const auto count = element_count(*shape, data.size() / sizeof(float));
  if (!count || *count * sizeof(float) != end - begin) return corrupt("size and shape of tensor '" + name + "' differ");
  Tensor tensor{std::move(*shape), std::vector<float>(static_cast<std::size_t>(*count))};
  if (*count > 0) std::memcpy(tensor.values.data(), data.data() + begin, end - begin);
  return tensor;
}

}  // namespace

Result<std::map<std::string, Tensor>> read_safetensors(std::span<const std::byte> file) {
  if (file.size() < kLengthBytes) return corrupt("it is shorter than 8 bytes");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, file.data(), kLengthBytes);
  if (header_size > kMaxHeaderBytes || header_size > file.size() - kLengthBytes) {
    return corrupt("its header claims " + std::to_string(header_size) + " bytes");
  }
  const auto* text = reinterpret_cast<const char*>(file.data()) + kLengthBytes;
  const Json header = Json::parse(text, text + header_size, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return corrupt("its header is not a JSON object");
  if (header.size() > kMaxTensors) return corrupt("it has " + std::to_string(header.size()) + " tensors");

  const auto data = file.subspan(kLengthBytes + static_cast<std::size_t>(header_size));
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    auto tensor = read_tensor(name, entry, data);
    if (!tensor) return Unexpected{tensor.error()};
    tensors.emplace(name, std::move(*tensor));
  }
  return tensors;
}

}  // namespace rap
