// SPDX-License-Identifier: Apache-2.0
#include "core/safetensors.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/files.h"
#include "rap/types.h"

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

/// A kind of number that a file may hold.
struct NumberType {
  const char* dtype;
  std::size_t bytes;
  void (*widen)(const std::byte* stored, float* values, std::size_t count);
};

/// IEEE 754 binary16, its subnormal numbers, infinities and NaN included.
float float_of_half(std::uint16_t half) {
  constexpr std::uint32_t kExponent = 0x7C00, kMantissa = 0x3FF;
  const std::uint32_t sign = (half & 0x8000U) << 16U;
  const std::uint32_t exponent = half & kExponent, mantissa = half & kMantissa;
  if (exponent == 0) return std::copysign(std::ldexp(static_cast<float>(mantissa), -24), sign != 0 ? -1.0F : 1.0F);
  // The exponent of a float is biased by 112 more; all ones stay all ones.
  const std::uint32_t biased = exponent == kExponent ? 0x7F800000U : (exponent << 13U) + (112U << 23U);
  return std::bit_cast<float>(sign | biased | mantissa << 13U);
}

/// A bfloat16 is the upper half of a float.
float float_of_bfloat(std::uint16_t half) { return std::bit_cast<float>(std::uint32_t{half} << 16U); }

// The bytes of a tensor may lie at any address, so they are copied before they are numbers.
template <float (*Widen)(std::uint16_t)>
void widen_half(const std::byte* stored, float* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, stored + i * sizeof(half), sizeof(half));
    values[i] = Widen(half);
  }
}

void copy_floats(const std::byte* stored, float* values, std::size_t count) {
  std::memcpy(values, stored, count * sizeof(float));
}

constexpr std::array<NumberType, 3> kNumberTypes{{{"F32", sizeof(float), copy_floats},
                                                  {"F16", 2, widen_half<float_of_half>},
                                                  {"BF16", 2, widen_half<float_of_bfloat>}}};

const NumberType* number_type(const Json& entry) {
  const auto dtype = entry.find("dtype");
  for (const NumberType& type : kNumberTypes) {
    if (dtype != entry.end() && *dtype == type.dtype) return &type;
  }
  return nullptr;
}

Result<Tensor> read_tensor(const std::string& name, const Json& entry, std::span<const std::byte> data) {
  if (!entry.is_object()) return corrupt("the entry of a tensor is not an object");
  const NumberType* type = number_type(entry);
  if (type == nullptr) {
    return fail(ErrorCode::kUnsupported, "a tensor of a safetensors file is neither F32 nor F16 nor BF16");
  }
  auto shape = whole_numbers(entry, "shape");
  const auto offsets = whole_numbers(entry, "data_offsets");
  if (!shape || !offsets || offsets->size() != 2) return corrupt("bad shape or offsets of tensor '" + name + "'");
  const auto begin = static_cast<std::uint64_t>((*offsets)[0]);
  const auto end = static_cast<std::uint64_t>((*offsets)[1]);
  if (begin > end || end > data.size()) return corrupt("tensor '" + name + "' lies outside the file");
  const auto count = element_count(*shape, data.size() / type->bytes);
  if (!count || *count * type->bytes != end - begin) return corrupt("size and shape of tensor '" + name + "' differ");
  Tensor tensor{std::move(*shape), std::vector<float>(static_cast<std::size_t>(*count))};
  if (*count > 0) type->widen(data.data() + begin, tensor.values.data(), tensor.values.size());
  return tensor;
}

}  // namespace

Result<Tensors> read_safetensors(std::span<const std::byte> file) {
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
  Tensors tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    auto tensor = read_tensor(name, entry, data);
    if (!tensor) return Unexpected{tensor.error()};
    tensors.emplace(name, std::move(*tensor));
  }
  return tensors;
}

Result<void> write_safetensors(const std::filesystem::path& file, const Tensors& tensors) {
  Json header = Json::object();
  std::uint64_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    const auto count = element_count(tensor.shape, tensor.values.size());
    if (!count || *count != tensor.values.size()) {
      return fail(ErrorCode::kInvalidArgument, "size and shape of tensor '" + name + "' differ", "tensors");
    }
    const std::uint64_t begin = end;
    end += *count * sizeof(float);
    header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the numbers are aligned in a mapped file
  const std::uint64_t header_size = text.size();
  Bytes content(kLengthBytes + text.size() + static_cast<std::size_t>(end));
  std::memcpy(content.data(), &header_size, kLengthBytes);
  std::memcpy(content.data() + kLengthBytes, text.data(), text.size());
  auto* out = content.data() + kLengthBytes + text.size();
  for (const auto& [name, tensor] : tensors) {
    if (tensor.values.empty()) continue;
    std::memcpy(out, tensor.values.data(), tensor.values.size() * sizeof(float));
    out += tensor.values.size() * sizeof(float);
  }
  return write_file(file, content);
}

}  // namespace rap
