// SPDX-License-Identifier: Apache-2.0
// Low-rank adapters (LoRA, arXiv 2106.09685) in llama.cpp's file format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "rap/result.h"
#include "training/formats/gguf.h"

namespace rap::training {

/// Numbers in rows, one after the other.
struct Matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;  ///< rows * columns
};

/// What is added to one weight W [out, in]: scale * b * a. Rows are in the order of the GGUF base,
/// where the q and k rows of Llama models are permuted (see peft.h).
struct LoraPair {
  std::string target;  ///< the base's tensor, "blk.0.attn_q.weight"
  Matrix a;            ///< [rank, in]
  Matrix b;            ///< [out, rank]
};

struct LoraAdapter {
  std::string name;          ///< for people; may be empty
  std::string architecture;  ///< the base's general.architecture
  std::string base_name;     ///< for people; may be empty
  double alpha = 0.0;        ///< 0: pairs count as they are
  std::vector<LoraPair> pairs;
};

/// The factor that llama.cpp gives to b * a: alpha / rank, or 1 without an alpha.
[[nodiscard]] double lora_scale(const LoraAdapter& adapter, const LoraPair& pair) noexcept;

/// Writes an adapter that llama.cpp loads beside its base; `type` is kF32 or kF16.
/// kInvalidArgument (sides that do not fit each other, an adapter without pairs), kIo.
[[nodiscard]] Result<void> write_lora_gguf(const std::filesystem::path& file, const LoraAdapter& adapter,
                                           StorageType type = StorageType::kF16);

/// Reads one. kNotFound; kCorrupt (not a GGUF file, not an adapter, or half of a pair); kUnsupported
/// for adapters that are more than pairs for linear layers.
[[nodiscard]] Result<LoraAdapter> read_lora_gguf(const std::filesystem::path& file);

}  // namespace rap::training
