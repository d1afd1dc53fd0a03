// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "generation/llama/decoder_options.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// What a VlmGenerator is made of.
struct VlmGeneratorOptions {
  std::string name;              ///< for people; empty = the model's file name
  std::filesystem::path model;   ///< the language model, GGUF
  std::filesystem::path mmproj;  ///< its vision tower and projector, GGUF
  std::string chat_template;     ///< empty = the model's own; see ChatTokenizer
  PromptLayout layout = PromptLayout::kLabelled;
  DecoderOptions decoder{.context_tokens = 8192};  ///< VLMs spend hundreds of tokens on a picture
};

/// Any vision language model that llama.cpp runs (LLaVA, Qwen-VL, InternVL, Gemma, SmolVLM, ...).
/// encode_picture() runs the vision tower; what it returns is all generate() needs, so a kept
/// picture is never encoded again (see encoded_picture.h). Thread-safe.
class VlmGenerator : public Generator {
 public:
  /// Fails with kNotFound or kCorrupt (names the file; also when the two do not belong together).
  [[nodiscard]] static Result<std::unique_ptr<VlmGenerator>> open(const VlmGeneratorOptions& options);

  /// How often the vision tower has run.
  [[nodiscard]] virtual std::uint64_t image_encodes() const noexcept = 0;
};

}  // namespace rap
