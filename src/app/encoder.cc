// SPDX-License-Identifier: Apache-2.0
#include "app/encoder.h"

#include <array>
#include <utility>

#include "app/encoder_file.h"
#include "app/manifest.h"
#include "app/paths.h"
#include "vision/embedding_head.h"
#include "vision/openvino_encoder.h"

namespace rap {
namespace {

/// What an encoder has for retrieval beside its own map.
struct RetrievalWeights {
  std::filesystem::path branch;
  EmbeddingHead head;
};

Result<RetrievalWeights> locate_retrieval(const Options& options, const EncoderEntry& entry) {
  if (entry.file("branch") == nullptr) return RetrievalWeights{};
  const auto branch = locate(options, entry, "branch");
  if (!branch) return Unexpected{branch.error()};
  const auto file = locate(options, entry, "head");
  if (!file) return Unexpected{file.error()};
  // What the head makes depends on the branch as well.
  auto head =
      read_embedding_head(*file, entry.file("branch")->sha256.substr(0, 8) + entry.file("head")->sha256.substr(0, 8));
  if (!head) return Unexpected{head.error()};
  return RetrievalWeights{*branch, std::move(*head)};
}

std::array<float, 3> all_channels(float value) { return {value, value, value}; }

Result<EncoderOptions> manifest_encoder(const Options& options) {
  const auto manifest = read_manifest(options);
  if (!manifest) return Unexpected{manifest.error()};
  const EncoderEntry& entry = manifest->encoder;
  const auto onnx = locate(options, entry, "onnx");
  if (!onnx) return Unexpected{onnx.error()};
  const auto retrieval = locate_retrieval(options, entry);
  if (!retrieval) return Unexpected{retrieval.error()};
  return EncoderOptions{.model = *onnx,
                        .model_sha256 = entry.file("onnx")->sha256,
                        .branch = retrieval->branch,
                        .head = retrieval->head,
                        .input_side = entry.input_side,
                        .mean = all_channels(entry.mean),
                        .scale = all_channels(entry.scale)};
}

Result<EncoderOptions> own_encoder(const Options& options) {
  auto file = read_encoder_file(options.encoder);
  if (!file) return Unexpected{file.error()};
  return std::move(file->options);
}

}  // namespace

Result<std::unique_ptr<Encoder>> open_encoder(const Options& options) {
  auto parts = options.encoder.empty() ? manifest_encoder(options) : own_encoder(options);
  if (!parts) return Unexpected{parts.error()};
  parts->threads = options.threads;
  parts->cache_dir = graph_cache(options);
  return open_openvino_encoder(*parts);
}

Result<std::string> encoder_name(const Options& options) {
  if (!options.encoder.empty()) return options.encoder.stem().string();
  const auto manifest = read_manifest(options);
  if (!manifest) return Unexpected{manifest.error()};
  return manifest->encoder.name;
}

Result<Calibration> open_calibration(const Options& options) {
  if (options.encoder.empty()) return default_calibration();
  const auto file = read_encoder_file(options.encoder);
  if (!file) return Unexpected{file.error()};
  return file->calibration.value_or(default_calibration());
}

}  // namespace rap
