// SPDX-License-Identifier: Apache-2.0
// From a Prompt to the token segments that a model decodes.
#pragma once

#include <llama.h>

#include <functional>
#include <string>
#include <vector>

#include "generation/llama/decoding.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// Turns prompts into segments with a model's chat template and tokenizer. Only text of the
/// template is read for control tokens; text of messages is data. Immutable and thread-safe.
class ChatTokenizer {
 public:
  /// `chat_template` is a name known to llama.cpp ("chatml") or a template's source; empty means
  /// the model's own, or chatml where it has none that llama.cpp knows. Borrows `model`.
  ChatTokenizer(const llama_model& model, std::string chat_template);

  /// Makes the segments of a picture.
  using PictureSegments = std::function<Result<std::vector<Segment>>(const Picture&)>;

  /// The whole prompt up to where the answer begins; neighbouring tokens form one segment.
  /// kUnsupported if the template cannot hold these messages, or what `pictures` fails with.
  [[nodiscard]] Result<std::vector<Segment>> segments(const Prompt& prompt, const PictureSegments& pictures) const;

  /// The token that ends an answer in the template; the vocabulary's end of text where the template has none.
  /// (llama.cpp's own end of turn is a guess: for ChatML it can be <|endoftext|>.)
  [[nodiscard]] llama_token end_of_answer() const;

  /// Text as data: no control tokens, nothing added.
  [[nodiscard]] std::vector<llama_token> plain(std::string_view text) const;

 private:
  [[nodiscard]] Result<std::string> apply_template(const Prompt& prompt) const;

  const llama_vocab* vocab_;
  std::string template_;
};

/// Tokenizes `text`; with `parse_special` control tokens in it act, with `add_special` those that the model wants
/// around a text are added.
[[nodiscard]] std::vector<llama_token> tokenize(const llama_vocab* vocab, std::string_view text, bool parse_special,
                                                bool add_special = false);

/// Adds tokens to the last segment, or begins one.
void append_tokens(std::vector<Segment>& segments, const std::vector<llama_token>& tokens);

}  // namespace rap
