// SPDX-License-Identifier: Apache-2.0
// The eyes of a LLaVA-style model (CLIP vision tower, two-layer projector) for llama.cpp.
#pragma once

#include <filesystem>

#include "rap/result.h"
#include "training/formats/gguf.h"

namespace rap::training {

struct LlavaEyes {
  /// Safetensors with mm_projector.0 and .2 (weight, bias), or multi_modal_projector.linear_1 and
  /// _2, below any prefix.
  std::filesystem::path projector;
  /// Folder of the CLIPVisionModel that the projector was trained with: config.json and
  /// model.safetensors; preprocessor_config.json is used where there is one.
  std::filesystem::path vision_tower;
};

/// Builds the mmproj file that llama.cpp's mtmd loads beside the language model. As LLaVA does, it
/// ends with the last layer but one of the tower. Matrices are stored as F16, the rest as F32.
///
/// kInvalidArgument if one of the two is not given or they do not fit each other; kNotFound,
/// kCorrupt (a tensor is missing or has another shape: named); kUnsupported (a pickle, a projector
/// of another kind, an activation llama.cpp does not have).
[[nodiscard]] Result<GgufContent> llava_mmproj(const LlavaEyes& eyes);

}  // namespace rap::training
