// SPDX-License-Identifier: Apache-2.0
// Adapters trained with Hugging Face PEFT, for llama.cpp.
#pragma once

#include <filesystem>

#include "rap/result.h"
#include "training/formats/gguf.h"
#include "training/formats/lora.h"

namespace rap::training {

/// Reads a folder with adapter_config.json and adapter_model.safetensors as an adapter of `base`,
/// a language model (architectures llama, qwen2, qwen3, gemma, gemma2, gemma3, phi3). Layers may
/// lie below any prefix ("base_model.model.model.layers.0...", as LLaVA names them too). rsLoRA
/// (arXiv 2312.03732) is folded into alpha. In GGUF files of architecture llama each head's rows of
/// q and k are interleaved (rotary pairs beside each other), so those of b are, too.
///
/// kNotFound (a file is missing), kCorrupt, kUnsupported (DoRA, whole layers saved beside LoRA,
/// a pickle, another architecture, an adapter for the vision tower), kInvalidArgument (made for
/// another base). Messages name the layer.
[[nodiscard]] Result<LoraAdapter> read_peft_adapter(const std::filesystem::path& folder, const GgufFile& base);

}  // namespace rap::training
