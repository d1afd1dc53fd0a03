// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llama-cpp.h>

#include <string>
#include <string_view>
#include <vector>

#include "generation/name_finder.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// The text of a token as bytes; empty for control tokens.
[[nodiscard]] std::string token_text(const llama_vocab* vocab, llama_token token);

/// Chooses tokens: the best (temperature 0) or a random one, never one that completes a forbidden
/// name, and only such that the answer is JSON where GenerateOptions::json asks for it. One per
/// answer; not thread-safe.
class Sampler {
 public:
  /// Fails as GenerateOptions::json says.
  [[nodiscard]] static Result<Sampler> create(const llama_vocab* vocab, const GenerateOptions& options);

  /// The next token after `text` (all whole characters so far), given the model's logits (one per token of the
  /// vocabulary). LLAMA_TOKEN_NULL if nothing but forbidden names seems possible.
  [[nodiscard]] llama_token next(const float* logits, std::string_view text);

 private:
  Sampler(const llama_vocab* vocab, const GenerateOptions& options, llama_sampler_ptr grammar);

  [[nodiscard]] llama_token choose(const float* logits, const std::vector<llama_token>& refused, bool by_grammar);
  [[nodiscard]] bool completes_forbidden(llama_token token, std::string_view text) const;
  [[nodiscard]] bool fits_grammar(llama_token token) const;
  [[nodiscard]] llama_token accept(llama_token token);

  const llama_vocab* vocab_;
  llama_sampler_ptr chain_;
  llama_sampler_ptr grammar_;  ///< null = any text
  std::string unfinished_;     ///< bytes of a character whose last tokens are still to come
  NameFinder forbidden_;
  std::vector<llama_token_data> candidates_;
};

}  // namespace rap
