// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// The head of an encoder without a learnt one: the scene map pooled with exponent `power`, as it is.
[[nodiscard]] EmbeddingHead plain_head(int channels, int power = 8);

/// Reads a learnt head from a safetensors file. Part i, counted from 0 without a gap, has the tensors
/// "i.maps" (numbers of maps), "i.power", "i.share" (one number each), "i.weight" [dimensions, channels] and
/// perhaps "i.bias" [dimensions]. `fingerprint` becomes the head's. Fails with kNotFound, kIo or kCorrupt.
[[nodiscard]] Result<EmbeddingHead> read_embedding_head(const std::filesystem::path& file, std::string fingerprint);

/// kCorrupt unless the head reads maps with these channels and its numbers are as many as they must be.
[[nodiscard]] Result<void> check_embedding_head(const EmbeddingHead& head, std::span<const int> channels);

}  // namespace rap
