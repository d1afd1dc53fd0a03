// SPDX-License-Identifier: Apache-2.0
#include "app/generator.h"

#include <algorithm>

#include "app/lazy_generator.h"
#include "app/manifest.h"
#include "app/paths.h"
#include "generation/llama/projected_generator.h"
#include "generation/llama/vlm_generator.h"
#include "generation/openai/openai_generator.h"
#include "image/photo.h"

namespace rap {
namespace {

using OpenedGenerator = Result<std::unique_ptr<Generator>>;

constexpr char kNoModel[] = "none";
constexpr int kSentJpegQuality = 90;

Result<GeneratorEntry> choose_model(const std::vector<GeneratorEntry>& entries, const std::string& name) {
  const auto chosen = std::find_if(entries.begin(), entries.end(), [&](const GeneratorEntry& entry) {
    return name.empty() ? entry.is_default : entry.name == name;
  });
  if (chosen != entries.end()) return *chosen;
  return fail(ErrorCode::kNotFound,
              "there is no model '" + name + "': `rap models list` shows those that this build knows", "model");
}

OpenedGenerator manifest_generator(const Options& options, const Manifest& manifest) {
  const auto entry = choose_model(manifest.generators, options.model);
  if (!entry) return Unexpected{entry.error()};
  ProjectedGeneratorOptions parts{.name = entry->name, .chat_template = entry->chat_template, .layout = entry->layout};
  parts.decoder.threads = options.threads;
  for (const auto& [role, path] :
       {std::pair{"base", &parts.base}, {"lora", &parts.adapter}, {"projector", &parts.projector}}) {
    auto file = locate(options, *entry, role);
    if (!file) return Unexpected{file.error()};
    *path = std::move(*file);
  }
  return make_lazy_generator([parts] { return open_projected_generator(parts); });
}

OpenedGenerator vlm_generator(const Options& options) {
  if (options.gguf.empty() || options.mmproj.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "a model of your own is two files: the language model (--gguf) and its multimodal projector (--mmproj)",
                options.gguf.empty() ? "gguf" : "mmproj");
  }
  for (const auto& file : {options.gguf, options.mmproj}) {
    if (!std::filesystem::is_regular_file(file)) {
      return fail(ErrorCode::kNotFound, "there is no file '" + file.string() + "'", "gguf");
    }
  }
  VlmGeneratorOptions parts{.model = options.gguf, .mmproj = options.mmproj};
  parts.decoder.threads = options.threads;
  return make_lazy_generator([parts]() -> OpenedGenerator {
    auto opened = VlmGenerator::open(parts);
    if (!opened) return Unexpected{opened.error()};
    return std::unique_ptr<Generator>(std::move(*opened));
  });
}

OpenedGenerator remote_generator(const Options& options) {
  return open_openai_generator(
      {.url = options.llm_url,
       .model = options.llm_model,
       .key = options.llm_key,
       .egress = options.egress,
       .encode_jpeg = [](const Image& image) { return encode_jpeg(image, kSentJpegQuality); }});
}

}  // namespace

Result<std::unique_ptr<Generator>> open_generator(const Options& options) {
  const bool wants_own = !options.gguf.empty() || !options.mmproj.empty();
  const int wanted = static_cast<int>(!options.model.empty()) + static_cast<int>(wants_own) +
                     static_cast<int>(!options.llm_url.empty());
  if (wanted > 1) {
    return fail(ErrorCode::kInvalidArgument,
                "choose one generator: a model of the manifest, a GGUF file of your own, or a server", "model");
  }
  if (options.model == kNoModel) return std::unique_ptr<Generator>();
  if (wants_own) return vlm_generator(options);
  if (!options.llm_url.empty()) return remote_generator(options);
  const auto manifest = read_manifest(options);
  if (!manifest) return Unexpected{manifest.error()};
  return manifest_generator(options, *manifest);
}

Result<std::string> generator_name(const Options& options) {
  if (!options.gguf.empty()) return options.gguf.stem().string();
  if (!options.llm_url.empty()) return options.llm_model.empty() ? std::string("server") : options.llm_model;
  if (options.model == kNoModel) return options.model;
  const auto manifest = read_manifest(options);
  if (!manifest) return Unexpected{manifest.error()};
  const auto entry = choose_model(manifest->generators, options.model);
  if (!entry) return Unexpected{entry.error()};
  return entry->name;
}

}  // namespace rap
