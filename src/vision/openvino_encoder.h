// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// How a vision encoder is opened.
struct EncoderOptions {
  /// ONNX file: float [1, 3, side, side] in. Its scene map is the first output of the shape [1, C, h, w], or, of a
  /// vision transformer, tokens: [1, prefix_tokens + h * h, C]. It may have further outputs.
  std::filesystem::path model;
  std::string model_sha256;  ///< of that file, and of whatever else it takes to read it; part of the fingerprint

  /// ONNX file that reads the model's second output and gives further maps, [1, C, h, w] each; empty = none. Trained
  /// for retrieval on a trunk that stays as it is, so that the model's own map, and what reads it, stay as well.
  std::filesystem::path branch;
  EmbeddingHead head;     ///< reads the scene map, then those of the branch; without parts: plain_head() with `power`
  int power = 8;          ///< of plain_head()
  int input_side = 384;   ///< of the square that pictures are squashed to, in pixels
  bool square = false;    ///< every picture is, as position embeddings demand; otherwise see input_size()
  int prefix_tokens = 1;  ///< tokens before those of the map: the class token, registers
  std::array<float, 3> mean{127.0F, 127.0F, 127.0F};  ///< network input = (pixel - mean) / scale, by channel
  std::array<float, 3> scale{128.0F, 128.0F, 128.0F};
  int threads = 0;                  ///< 0 = one per core
  std::filesystem::path cache_dir;  ///< keeps compiled graphs between runs; empty = no cache
};

/// The size at which a picture enters the network. Up to 3:2 it is squashed to a square; a more
/// elongated one keeps its shape (up to 4:1) in a rectangle of about the same area, with sides
/// that are multiples of 32. Squashing those hides small things: two subjects side by side in a
/// 2:1 picture were both found in 45 % of cases squashed, in 65 % in shape.
struct InputSize {
  int width = 0;
  int height = 0;
};
[[nodiscard]] InputSize input_size(const Image& image, int side);

/// Whether a picture has more detail than a look at an input of this side shows, and the size at which a fine look
/// shows it: seven times the pixels, in the picture's own shape up to 4:1.
[[nodiscard]] bool has_fine_detail(const Image& image, int side);
[[nodiscard]] InputSize fine_input_size(const Image& image, int side);

/// Compiles an ONNX encoder for this machine's CPU with OpenVINO, which picks its kernels at run
/// time. The compiled weights are shared; each call of encode() has a request of its own, so
/// calls run in parallel. Fails with kNotFound or kCorrupt when the model cannot be read, and with
/// kUnsupported when it is no encoder or takes no pictures of this side.
[[nodiscard]] Result<std::unique_ptr<Encoder>> open_openvino_encoder(const EncoderOptions& options);

}  // namespace rap
