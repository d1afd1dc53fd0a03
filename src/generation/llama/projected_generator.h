// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "generation/llama/decoder_options.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// What a ProjectedGenerator is made of.
struct ProjectedGeneratorOptions {
  std::string name;                 ///< for people
  std::filesystem::path base;       ///< the language model, GGUF
  std::filesystem::path adapter;    ///< LoRA, GGUF; empty = none
  std::filesystem::path projector;  ///< feature map to visual tokens, safetensors
  float adapter_scale = 1.0F;       ///< on top of the adapter's own alpha / rank
  std::string chat_template;        ///< empty = the base's own; see ChatTokenizer
  PromptLayout layout = PromptLayout::kRap;
  DecoderOptions decoder;
};

/// An MLLM out of parts: a language model, an adapter, and a projector that turns the encoder's
/// feature map into visual tokens, so that a picture costs no second look. A picture is encoded
/// as [tokens, width] floats. The default generator. Thread-safe.
///
/// Fails with kNotFound or kCorrupt, naming the file; kInvalidArgument if the projector's width
/// is not the language model's.
[[nodiscard]] Result<std::unique_ptr<Generator>> open_projected_generator(const ProjectedGeneratorOptions& options);

}  // namespace rap
