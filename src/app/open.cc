// SPDX-License-Identifier: Apache-2.0
#include "rap/open.h"

#include "app/detector.h"
#include "app/encoder.h"
#include "app/faces.h"
#include "app/generator.h"
#include "app/paths.h"
#include "assistant/local_assistant.h"
#include "memory/sqlite/sqlite_memory.h"

namespace rap {

Result<std::unique_ptr<Assistant>> open(const Options& options) {
  AssistantParts parts;
  auto generator = open_generator(options);
  if (!generator) return Unexpected{generator.error()};
  parts.generator = std::move(*generator);
  auto memory = open_sqlite_memory(options.memory_file.empty() ? data_home() / "memory.db" : options.memory_file);
  if (!memory) return Unexpected{memory.error()};
  parts.memory = std::move(*memory);
  auto encoder = open_encoder(options);
  if (!encoder) return Unexpected{encoder.error()};
  parts.encoder = std::move(*encoder);
  const auto calibration = open_calibration(options);
  if (!calibration) return Unexpected{calibration.error()};
  parts.calibration = *calibration;
  auto detector = open_detector(options);
  if (!detector) return Unexpected{detector.error()};
  parts.detector = std::move(*detector);
  parts.windows = !options.detector_only;
  // Few need faces: without the weights rap works as it does with faces off.
  auto faces = open_face_encoder(options);
  if (!faces && faces.error().code != ErrorCode::kNotFound) return Unexpected{faces.error()};
  if (faces) parts.faces = std::move(*faces);
  return make_assistant(std::move(parts));
}

const char* version() noexcept { return RAP_VERSION; }

}  // namespace rap
