// SPDX-License-Identifier: Apache-2.0
#include "rap/open.h"

#include "app/detector.h"
#include "app/encoder.h"
#include "app/faces.h"
#include "app/generator.h"
#include "app/paths.h"
#include "app/text_encoder.h"
#include "assistant/local_assistant.h"
#include "memory/sqlite/sqlite_memory.h"

namespace rap {

namespace {

/// Everything but a generator.
Result<AssistantParts> open_parts(const Options& options) {
  AssistantParts parts;
  auto memory = open_sqlite_memory(options.memory_file.empty() ? data_home() / "memory.db" : options.memory_file);
  if (!memory) return Unexpected{memory.error()};
  parts.memory = std::move(*memory);
  auto encoder = open_encoder(options);
  if (!encoder) return Unexpected{encoder.error()};
  parts.encoder = std::move(*encoder);
  auto name = encoder_name(options);
  if (!name) return Unexpected{name.error()};
  parts.encoder_name = std::move(*name);
  const auto calibration = open_calibration(options);
  if (!calibration) return Unexpected{calibration.error()};
  parts.calibration = *calibration;
  auto detector = open_detector(options);
  if (!detector) return Unexpected{detector.error()};
  parts.detector = std::move(*detector);
  parts.windows = options.detector_only ? Windows::kNone : Windows::kAll;
  parts.threads = options.threads;
  // Few need faces: without the weights rap works as it does with faces off.
  auto faces = open_face_encoder(options);
  if (!faces && faces.error().code != ErrorCode::kNotFound) return Unexpected{faces.error()};
  if (faces) parts.faces = std::move(*faces);
  auto texts = open_text_encoder(options);
  if (!texts) return Unexpected{texts.error()};
  parts.texts = std::move(*texts);
  return parts;
}

}  // namespace

Result<std::unique_ptr<Assistant>> open(const Options& options) {
  auto generator = open_generator(options);
  if (!generator) return Unexpected{generator.error()};
  auto parts = open_parts(options);
  if (!parts) return Unexpected{parts.error()};
  parts->generator = std::move(*generator);
  return make_assistant(std::move(*parts));
}

Result<std::vector<NamedAssistant>> open_all(const Options& options, std::span<const std::string> further_models) {
  std::vector<Options> wanted{options};
  for (const std::string& model : further_models) {
    Options& one = wanted.emplace_back(options);
    one.model = model;
    one.gguf.clear();
    one.mmproj.clear();
    one.llm_url.clear();
  }
  std::vector<NamedAssistant> assistants;
  const auto parts = open_parts(options);
  if (!parts) return Unexpected{parts.error()};
  for (const Options& one : wanted) {
    auto name = generator_name(one);
    if (!name) return Unexpected{name.error()};
    auto generator = open_generator(one);
    if (!generator) return Unexpected{generator.error()};
    AssistantParts all = *parts;
    all.generator = std::move(*generator);
    assistants.push_back({std::move(*name), make_assistant(std::move(all))});
  }
  return assistants;
}

const char* version() noexcept { return RAP_VERSION; }

}  // namespace rap
