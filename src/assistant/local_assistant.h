// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/lazy.h"
#include "rap/assistant.h"
#include "retrieval/calibration.h"
#include "retrieval/regions.h"

namespace rap {

/// What an assistant is put together from.
struct AssistantParts {
  std::shared_ptr<Memory> memory;
  std::shared_ptr<Encoder> encoder;
  std::string encoder_name;                         ///< for those who ask for embeddings
  std::shared_ptr<FaceEncoder> faces;               ///< null = people are known by their look only
  std::shared_ptr<const Lazy<TextEncoder>> texts;   ///< null = texts have no embeddings
  std::shared_ptr<Generator> generator;             ///< null = recognition only
  std::shared_ptr<Detector> detector;               ///< null = windows only
  Windows windows = Windows::kAll;                  ///< kNone = only the whole photo and the detector's boxes
  Calibration calibration = default_calibration();  ///< of the encoder
  int threads = 0;                                  ///< that a search uses; 0 = one per core
};

/// The assistant that runs in this process: the one place where remember, retrieve and generate
/// meet. Several can share parts.
[[nodiscard]] std::unique_ptr<Assistant> make_assistant(AssistantParts parts);

}  // namespace rap
