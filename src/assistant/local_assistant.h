// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "rap/assistant.h"

namespace rap {

/// What an assistant is put together from.
struct AssistantParts {
  std::unique_ptr<Memory> memory;
  std::unique_ptr<Encoder> encoder;
  std::unique_ptr<FaceEncoder> faces;    ///< null = people are known by their look only
  std::unique_ptr<Generator> generator;  ///< null = recognition only
};

/// The assistant that runs in this process: the one place where remember, retrieve and generate
/// meet. Takes ownership of its parts.
[[nodiscard]] std::unique_ptr<Assistant> make_assistant(AssistantParts parts);

}  // namespace rap
