// SPDX-License-Identifier: Apache-2.0
// The description of a user's own encoder: NAME.json beside NAME.onnx (docs/models.md).
#pragma once

#include <filesystem>
#include <optional>

#include "rap/result.h"
#include "retrieval/calibration.h"
#include "vision/openvino_encoder.h"

namespace rap {

struct EncoderFile {
  EncoderOptions options;  ///< without threads and cache_dir
  std::optional<Calibration> calibration;
};

/// Reads the description beside `onnx`. The model's sha256 in the result covers the description as well, except for
/// the calibration, which no stored embedding depends on. Fails with kNotFound or kIo, or with kCorrupt for a
/// description that is not one.
[[nodiscard]] Result<EncoderFile> read_encoder_file(const std::filesystem::path& onnx);

}  // namespace rap
