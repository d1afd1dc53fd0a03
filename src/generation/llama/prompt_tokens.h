// SPDX-License-Identifier: Apache-2.0
// Prompts as token numbers, for training: the same template and tokenizer that serve.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// Stands for one visual token of a picture in PromptTokenizer's results.
inline constexpr std::int32_t kVisualToken = -1;

/// Reads the tokenizer and the chat template of a GGUF model, not its weights. Immutable and
/// thread-safe.
class PromptTokenizer {
 public:
  /// `chat_template` as for ChatTokenizer: empty means the model's own. kNotFound, kCorrupt.
  [[nodiscard]] static Result<PromptTokenizer> open(const std::filesystem::path& gguf, std::string chat_template = {});

  /// The prompt up to where the answer begins; each picture becomes `picture_tokens` times
  /// kVisualToken. kUnsupported if the template cannot hold these messages.
  [[nodiscard]] Result<std::vector<std::int32_t>> prompt(const Prompt& prompt, int picture_tokens) const;

  /// An answer, then the token that ends it.
  [[nodiscard]] std::vector<std::int32_t> answer(std::string_view text) const;

  /// The token that ends an answer.
  [[nodiscard]] std::int32_t end_of_turn() const noexcept;

  /// The text of tokens; control tokens and kVisualToken give nothing.
  [[nodiscard]] std::string text(const std::vector<std::int32_t>& tokens) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace rap
