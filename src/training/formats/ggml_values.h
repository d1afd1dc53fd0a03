// SPDX-License-Identifier: Apache-2.0
// A tensor's numbers, as ggml stores them, to and from float32.
#pragma once

#include <ggml.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rap/result.h"
#include "rap/types.h"
#include "training/formats/gguf.h"

namespace rap::training {

/// Silences ggml's log, once a process. Every file that calls ggml from this room does so first.
void prepare_ggml();

[[nodiscard]] StorageType storage_type(ggml_type type) noexcept;

/// None for StorageType::kOther.
[[nodiscard]] std::optional<ggml_type> ggml_type_of(StorageType type) noexcept;

/// ggml's sides (fastest first) of a row-major shape; none unless it has one to four sides (or is
/// empty, a single number) of at least one number each, 2^62 numbers in all.
[[nodiscard]] std::optional<std::vector<std::int64_t>> ggml_sides(const std::vector<std::int64_t>& shape);

/// Bytes of `count` numbers; `count` is a multiple of the type's block.
[[nodiscard]] std::size_t stored_size(ggml_type type, std::uint64_t count) noexcept;

/// Turns whole blocks into floats. kUnsupported if ggml has no floats for the type.
[[nodiscard]] Result<std::vector<float>> decode_values(ggml_type type, std::span<const std::byte> stored);

/// Stores floats in rows of `row` numbers. kInvalidArgument if a value is not finite or the rows do
/// not fit the type's blocks, kUnsupported for a type that needs more than the values.
[[nodiscard]] Result<Bytes> encode_values(ggml_type type, std::span<const float> values, std::int64_t row);

}  // namespace rap::training
