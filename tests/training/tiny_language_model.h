// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace rap::training::testing {

/// Sizes of the models below.
inline constexpr std::int64_t kTinyWidth = 32;
inline constexpr std::int64_t kTinyVocabulary = 3 + 256 + 94;  // three control tokens, bytes, characters

/// Writes a language model with random weights, two layers (seven for Gemma 3, so that one is
/// global) and a tokenizer of bytes and characters: valid for llama.cpp and for the trainer.
/// `architecture` is "llama", "qwen2" or "gemma3". False if the file cannot be written.
[[nodiscard]] bool write_tiny_language_model(const std::filesystem::path& file, const std::string& architecture);

}  // namespace rap::training::testing
