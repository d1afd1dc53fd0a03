// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// A GGUF language model alone, for text: no pictures, no adapter. Thread-safe.
class TextAnswerer {
 public:
  /// `chat_template` as for ChatTokenizer. kNotFound, kCorrupt.
  [[nodiscard]] static Result<std::unique_ptr<TextAnswerer>> open(const std::filesystem::path& gguf,
                                                                  const std::string& chat_template);
  virtual ~TextAnswerer() = default;

  /// The greedy answer to one question, of at most `max_tokens` tokens.
  [[nodiscard]] virtual Result<Generation> answer(const std::string& question, int max_tokens) const = 0;
};

}  // namespace rap
