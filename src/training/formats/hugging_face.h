// SPDX-License-Identifier: Apache-2.0
// Files as Hugging Face's libraries write them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/safetensors.h"
#include "rap/result.h"

namespace rap::training {

/// Reads a JSON object of at most a megabyte. kNotFound, kTooLarge, kCorrupt.
[[nodiscard]] Result<nlohmann::json> read_json_object(const std::filesystem::path& file);

/// Reads a safetensors file of at most 8 GiB. kNotFound, kTooLarge, kCorrupt; kUnsupported, saying
/// how to convert it, if the file, or one of the same name beside it, is a Python pickle (.bin, .pt).
[[nodiscard]] Result<Tensors> read_tensor_file(const std::filesystem::path& file);

/// A number of an object, or `otherwise` where there is none.
[[nodiscard]] double number_or(const nlohmann::json& object, const char* key, double otherwise);

/// Whether an object says true to a key.
[[nodiscard]] bool is_set(const nlohmann::json& object, const char* key);

}  // namespace rap::training
