// SPDX-License-Identifier: Apache-2.0
#include "app/text_encoder.h"

#include "app/manifest.h"
#include "generation/llama/text_encoder.h"

namespace rap {
namespace {

Result<std::unique_ptr<TextEncoder>> open_manifest_encoder(const Options& options) {
  const auto manifest = read_manifest(options);
  if (!manifest) return Unexpected{manifest.error()};
  if (!manifest->text) return fail(ErrorCode::kNotFound, "the manifest names no text encoder", "model");
  const ModelEntry& entry = *manifest->text;
  const auto gguf = locate(options, entry, "gguf");
  if (!gguf) return Unexpected{gguf.error()};
  return open_llama_text_encoder(
      {.name = entry.name, .model = *gguf, .sha256 = entry.file("gguf")->sha256, .threads = options.threads});
}

Result<std::unique_ptr<TextEncoder>> open_own_encoder(const Options& options) {
  const auto& gguf = options.text_embeddings;
  return open_llama_text_encoder(
      {.name = gguf.stem().string(), .model = gguf, .sha256 = {}, .threads = options.threads});
}

}  // namespace

Result<std::shared_ptr<const Lazy<TextEncoder>>> open_text_encoder(const Options& options) {
  const auto& own = options.text_embeddings;
  if (!own.empty() && !std::filesystem::is_regular_file(own)) {
    return fail(ErrorCode::kNotFound, "there is no file '" + own.string() + "'", "text-embeddings");
  }
  return std::make_shared<const Lazy<TextEncoder>>([options] {
    return options.text_embeddings.empty() ? open_manifest_encoder(options) : open_own_encoder(options);
  });
}

}  // namespace rap
