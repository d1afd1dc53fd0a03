// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace rap::testing {

/// Writes a vision language model of LLaVA's architecture with random weights: valid for
/// llama.cpp, a few hundred kilobytes, the same bytes for the same seed. A 32 x 32 picture
/// becomes 16 visual tokens. False if a file cannot be written.
[[nodiscard]] bool write_tiny_vlm(const std::filesystem::path& model, const std::filesystem::path& mmproj,
                                  unsigned seed);

/// Writes the language model of write_tiny_vlm() as one that embeds texts: its last token stands for the whole.
[[nodiscard]] bool write_tiny_text_encoder(const std::filesystem::path& model, unsigned seed);

}  // namespace rap::testing
