// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llama-cpp.h>

#include <filesystem>

#include "rap/result.h"

namespace rap {

/// Loads a GGUF model, memory-mapped. With `vocabulary_only` just its tokenizer. Fails with
/// kNotFound or kCorrupt (not a GGUF that llama.cpp can read).
[[nodiscard]] Result<llama_model_ptr> load_model(const std::filesystem::path& gguf, bool vocabulary_only = false);

/// kNotFound unless `file` is a file.
[[nodiscard]] Result<void> require_file(const std::filesystem::path& file);

/// `threads`, or one per core for 0.
[[nodiscard]] int thread_count(int threads);

}  // namespace rap
