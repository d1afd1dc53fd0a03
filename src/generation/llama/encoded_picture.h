// SPDX-License-Identifier: Apache-2.0
// A picture as a VLM's vision tower has encoded it, kept as bytes. Format 1, little endian:
// "RAPV", u32 version = 1, u32 floats per embedding, u32 number of chunks; then per chunk u32
// size and bytes of what mtmd_input_chunk_save() gave (text around the picture, or the
// description of a picture's part), u32 number of embeddings (0 for text), the embeddings.
#pragma once

#include <mtmd.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rap/result.h"
#include "rap/types.h"

namespace rap {

struct ChunkDeleter {
  void operator()(mtmd_input_chunk* chunk) const { mtmd_input_chunk_free(chunk); }
};
using ChunkPtr = std::unique_ptr<mtmd_input_chunk, ChunkDeleter>;

/// A chunk and, unless it is text, its embeddings [tokens, width].
struct EncodedChunk {
  ChunkPtr chunk;
  std::vector<float> embeddings;
};

/// Writes format 1. kInternal if mtmd cannot save a chunk.
[[nodiscard]] Result<Bytes> write_encoded_picture(std::span<const EncodedChunk> chunks, int width);

/// Reads any version. Any input is safe: kCorrupt says what is wrong with it.
[[nodiscard]] Result<std::vector<EncodedChunk>> read_encoded_picture(std::span<const std::byte> bytes, int width);

}  // namespace rap
