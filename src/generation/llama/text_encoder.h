// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// A text embedding model and how it is run.
struct TextEncoderOptions {
  std::string name;              ///< EmbeddingModel::name
  std::filesystem::path model;   ///< a GGUF whose metadata say how tokens are pooled: BERT and its kin, or a decoder
  std::string sha256;            ///< of that file; empty = worked out
  int threads = 0;               ///< 0 = one per core
  std::size_t max_waiting = 64;  ///< callers that may wait for their turn
};

/// A text encoder on llama.cpp; one text is embedded at a time, others wait in order. It reads what the model was
/// trained on, up to 2048 tokens. Texts for WordPiece models without accents are taken apart (NFD) as those were
/// trained to read them, Hangul included. Fails with kNotFound, with kCorrupt for what is not a model, and with
/// kUnsupported for a model that makes no embeddings of texts.
[[nodiscard]] Result<std::unique_ptr<TextEncoder>> open_llama_text_encoder(const TextEncoderOptions& options);

}  // namespace rap
