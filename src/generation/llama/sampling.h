// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llama-cpp.h>

#include <string>
#include <string_view>
#include <vector>

#include "generation/name_finder.h"
#include "rap/engines.h"

namespace rap {

/// The text of a token as bytes; empty for control tokens.
[[nodiscard]] std::string token_text(const llama_vocab* vocab, llama_token token);

/// Chooses tokens: the best (temperature 0) or a random one, and never one that completes a
/// forbidden name. One per answer; not thread-safe.
class Sampler {
 public:
  Sampler(const llama_vocab* vocab, const GenerateOptions& options);

  /// The next token after `text`, given the model's logits (one per token of the vocabulary).
  /// LLAMA_TOKEN_NULL if nothing but forbidden names seems possible.
  [[nodiscard]] llama_token next(const float* logits, std::string_view text);

 private:
  [[nodiscard]] bool completes_forbidden(llama_token token, std::string_view text) const;

  const llama_vocab* vocab_;
  llama_sampler_ptr chain_;
  NameFinder forbidden_;
  std::vector<llama_token_data> candidates_;
};

}  // namespace rap
