// SPDX-License-Identifier: Apache-2.0
#include "app/encoder.h"

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

}  // namespace

Result<std::unique_ptr<Encoder>> open_encoder(const Options& options) {
  const auto manifest = read_manifest(options);
  if (!manifest) return Unexpected{manifest.error()};
  const EncoderEntry& entry = manifest->encoder;
  const auto onnx = locate(options, entry, "onnx");
  if (!onnx) return Unexpected{onnx.error()};
  const auto retrieval = locate_retrieval(options, entry);
  if (!retrieval) return Unexpected{retrieval.error()};
  return open_openvino_encoder({.model = *onnx,
                                .model_sha256 = entry.file("onnx")->sha256,
                                .branch = retrieval->branch,
                                .head = retrieval->head,
                                .input_side = entry.input_side,
                                .mean = entry.mean,
                                .scale = entry.scale,
                                .threads = options.threads,
                                .cache_dir = options.cache_dir.empty() ? cache_home() : options.cache_dir});
}

}  // namespace rap
