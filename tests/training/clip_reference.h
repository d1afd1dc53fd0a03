// SPDX-License-Identifier: Apache-2.0
// A small CLIP tower with a LLaVA projector, as Hugging Face stores and computes it, in plain C++:
// the yardstick for what llama.cpp makes of the imported file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "rap/image.h"

namespace rap::training::testing {

struct TinyClip {
  std::int64_t width = 32;
  std::int64_t hidden = 64;
  std::int64_t heads = 4;
  std::int64_t layers = 3;
  std::int64_t image = 32;
  std::int64_t patch = 8;
  std::int64_t text_width = 64;

  [[nodiscard]] std::int64_t patches() const { return (image / patch) * (image / patch); }
};

/// Random weights under the names of transformers' CLIPVisionModel.
[[nodiscard]] Tensors random_tower(const TinyClip& clip);

/// Random weights under LLaVA's names.
[[nodiscard]] Tensors random_projector(const TinyClip& clip);

/// Its config.json.
[[nodiscard]] std::string config_json(const TinyClip& clip);

/// Where the class token stands.
enum class ClassToken {
  kFirst,  ///< as in transformers
  /// As in llama.cpp before its pull request 25844 (issue 25814): behind the patches, while positions
  /// and the choice of rows still count on it in front. One patch is lost for the class token.
  kLast,
};

/// Visual tokens [patches, text_width] of a picture of image x image pixels: hidden state before
/// the last layer, without the class token, through the projector.
[[nodiscard]] std::vector<float> visual_tokens(const TinyClip& clip, const Tensors& tower, const Tensors& projector,
                                               const Image& picture, ClassToken place);

}  // namespace rap::training::testing
