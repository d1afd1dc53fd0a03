// SPDX-License-Identifier: Apache-2.0
#include "training/formats/ggml_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

namespace rap::training {
namespace {

constexpr std::uint64_t kMaxNumbers = std::uint64_t{1} << 62U;

constexpr std::array<std::pair<StorageType, ggml_type>, 8> kTypes{{{StorageType::kF32, GGML_TYPE_F32},
                                                                   {StorageType::kF16, GGML_TYPE_F16},
                                                                   {StorageType::kBf16, GGML_TYPE_BF16},
                                                                   {StorageType::kQ8_0, GGML_TYPE_Q8_0},
                                                                   {StorageType::kQ4_1, GGML_TYPE_Q4_1},
                                                                   {StorageType::kQ4_K, GGML_TYPE_Q4_K},
                                                                   {StorageType::kQ5_K, GGML_TYPE_Q5_K},
                                                                   {StorageType::kQ6_K, GGML_TYPE_Q6_K}}};

void ignore_log(ggml_log_level /*level*/, const char* /*text*/, void* /*user_data*/) {}

bool silence() {
  ggml_log_set(ignore_log, nullptr);
  return true;
}

}  // namespace

void prepare_ggml() {
  static const bool kReady = silence();
  (void)kReady;
}

StorageType storage_type(ggml_type type) noexcept {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& pair) { return pair.second == type; });
  return found == kTypes.end() ? StorageType::kOther : found->first;
}

std::optional<ggml_type> ggml_type_of(StorageType type) noexcept {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& pair) { return pair.first == type; });
  if (found == kTypes.end()) return std::nullopt;
  return found->second;
}

std::optional<std::vector<std::int64_t>> ggml_sides(const std::vector<std::int64_t>& shape) {
  if (shape.size() > GGML_MAX_DIMS) return std::nullopt;
  std::uint64_t count = 1;
  for (const std::int64_t side : shape) {
    if (side < 1 || static_cast<std::uint64_t>(side) > kMaxNumbers / count) return std::nullopt;
    count *= static_cast<std::uint64_t>(side);
  }
  if (shape.empty()) return std::vector<std::int64_t>{1};
  return std::vector<std::int64_t>(shape.rbegin(), shape.rend());
}

std::size_t stored_size(ggml_type type, std::uint64_t count) noexcept {
  return static_cast<std::size_t>(count / static_cast<std::uint64_t>(ggml_blck_size(type))) * ggml_type_size(type);
}

Result<std::vector<float>> decode_values(ggml_type type, std::span<const std::byte> stored) {
  const auto blocks = stored.size() / ggml_type_size(type);
  std::vector<float> values(blocks * static_cast<std::size_t>(ggml_blck_size(type)));
  if (values.empty()) return values;
  if (type == GGML_TYPE_F32) {
    std::memcpy(values.data(), stored.data(), values.size() * sizeof(float));
    return values;
  }
  const auto to_float = ggml_get_type_traits(type)->to_float;
  if (to_float == nullptr) {
    return fail(ErrorCode::kUnsupported,
                std::string("tensors of type ") + ggml_type_name(type) + " cannot be read as numbers");
  }
  to_float(stored.data(), values.data(), static_cast<std::int64_t>(values.size()));
  return values;
}

Result<Bytes> encode_values(ggml_type type, std::span<const float> values, std::int64_t row) {
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
    return fail(ErrorCode::kInvalidArgument, "a value is not a finite number");
  }
  const std::int64_t block = ggml_blck_size(type);
  if (row < 1 || row % block != 0 || values.size() % static_cast<std::size_t>(row) != 0) {
    return fail(ErrorCode::kInvalidArgument, std::string("rows of ") + std::to_string(row) +
                                                 " numbers cannot be stored as " + ggml_type_name(type) +
                                                 ", which takes multiples of " + std::to_string(block));
  }
  const bool storable = ggml_is_quantized(type) || ggml_type_of(storage_type(type)).has_value();
  if (!storable || ggml_quantize_requires_imatrix(type)) {
    return fail(ErrorCode::kUnsupported, std::string("numbers cannot be stored as ") + ggml_type_name(type));
  }
  Bytes stored(stored_size(type, values.size()));
  ggml_quantize_chunk(type, values.data(), stored.data(), 0, static_cast<std::int64_t>(values.size()) / row, row,
                      nullptr);
  return stored;
}

}  // namespace rap::training
