// SPDX-License-Identifier: Apache-2.0
// Puts a LoRA adapter into its base for good: one file, and no extra work per token.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "rap/result.h"
#include "training/formats/gguf.h"

namespace rap::training {

struct MergeOptions {
  std::filesystem::path base;     ///< GGUF language model
  std::filesystem::path adapter;  ///< LoRA of that base, GGUF
  std::filesystem::path output;   ///< written whole or not at all; may be the base
  float scale = 1.0F;             ///< on top of the adapter's own alpha / rank
  /// How all weight matrices are stored; none: each as it is in the base, and those that the
  /// adapter leaves alone byte for byte. As in llama.cpp, rows that do not fit the blocks of a
  /// k-quant are stored as Q5_0, Q5_1 or Q8_0, and Q4_K and Q5_K keep the embeddings and the
  /// output as Q6_K.
  std::optional<StorageType> type;
};

struct MergeReport {
  std::size_t tensors = 0;  ///< in the file
  std::size_t merged = 0;   ///< of them, those that the adapter changed
};

/// Writes base + scale * alpha / rank * b * a, re-quantised, with all metadata of the base. Needs
/// memory for the adapter and the base's largest tensor. kNotFound, kCorrupt, kIo;
/// kInvalidArgument if the adapter belongs to another base; kUnsupported for a storage type that
/// cannot be made from numbers alone.
[[nodiscard]] Result<MergeReport> merge_lora(const MergeOptions& options);

}  // namespace rap::training
