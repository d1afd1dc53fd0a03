// SPDX-License-Identifier: Apache-2.0
#include "app/encoder.h"

#include "app/manifest.h"
#include "app/paths.h"
#include "vision/openvino_encoder.h"

namespace rap {

Result<std::unique_ptr<Encoder>> open_encoder(const Options& options) {
  const auto manifest = read_manifest(options);
  if (!manifest) return Unexpected{manifest.error()};
  const EncoderEntry& entry = manifest->encoder;
  const auto onnx = locate(options, entry, "onnx");
  if (!onnx) return Unexpected{onnx.error()};
  return open_openvino_encoder({.model = *onnx,
                                .model_sha256 = entry.file("onnx")->sha256,
                                .input_side = entry.input_side,
                                .mean = entry.mean,
                                .scale = entry.scale,
                                .threads = options.threads,
                                .cache_dir = options.cache_dir.empty() ? cache_home() : options.cache_dir});
}

}  // namespace rap
