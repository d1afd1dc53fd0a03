// SPDX-License-Identifier: Apache-2.0
// The one decoding loop of all generators that run on llama.cpp.
#pragma once

#include <llama-cpp.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "generation/llama/decoder_options.h"
#include "generation/llama/gate.h"
#include "generation/llama/text_stream.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// A picture in the form a context decodes: already encoded, immutable.
class DecodablePicture {
 public:
  virtual ~DecodablePicture() = default;
  [[nodiscard]] virtual int tokens() const = 0;     ///< places it takes in the context
  [[nodiscard]] virtual int positions() const = 0;  ///< how far it moves the position on
  /// Puts it into the context at `position`, in batches of at most `batch` tokens.
  [[nodiscard]] virtual bool decode(llama_context& context, llama_pos position, int batch) const = 0;
};

/// A stretch of a prompt that is decoded on its own: tokens, or one picture.
struct Segment {
  std::vector<llama_token> tokens;
  std::shared_ptr<const DecodablePicture> picture;
  std::string picture_key;  ///< equal keys mean equal pictures
};

/// Owns a llama context and answers one prompt at a time; others wait in order. Thread-safe.
///
/// The beginning that a prompt shares with the one before is not decoded again. Segments are
/// reused whole and decoded in batches of their own, so an answer is the same, bit for bit,
/// whether its beginning was reused or not.
class Decoder {
 public:
  /// Borrows `model`. kInternal if llama.cpp cannot
  /// make the context (out of memory).
  [[nodiscard]] static Result<std::unique_ptr<Decoder>> create(llama_model& model, const DecoderOptions& options);

  /// Applies a LoRA adapter (borrowed) with `scale` to all that follows; kCorrupt if it does not
  /// fit the model. Call before the first generate().
  [[nodiscard]] Result<void> set_adapter(llama_adapter_lora& adapter, float scale);

  /// Answers `prompt`, which ends with tokens. `prefix` is options.prefix as tokens. Fails with
  /// kTooLarge if the prompt leaves no room for an answer, kUnavailable if too many callers wait, or
  /// as GenerateOptions::json says.
  /// `on_text` runs while the model is held: it must not ask this decoder.
  [[nodiscard]] Result<Generation> generate(std::vector<Segment> prompt, const std::vector<llama_token>& prefix,
                                            const GenerateOptions& options, const OnText& on_text);

  /// Prompt tokens (pictures included) that were decoded, not reused, so far.
  [[nodiscard]] std::uint64_t decoded_prompt_tokens() const noexcept { return decoded_prompt_tokens_; }

 private:
  Decoder(llama_model& model, llama_context_ptr context, const DecoderOptions& options);

  struct Kept {
    Segment segment;
    llama_pos end = 0;  ///< position after it
  };
  [[nodiscard]] std::size_t reuse(const std::vector<Segment>& prompt);
  [[nodiscard]] Result<llama_pos> decode_prompt(const std::vector<Segment>& prompt,
                                                const std::function<bool()>& is_cancelled);
  [[nodiscard]] bool decode_tokens(const std::vector<llama_token>& tokens, llama_pos position, bool with_logits);
  [[nodiscard]] Result<void> check_size(const std::vector<Segment>& prompt) const;

  const llama_vocab* vocab_;
  llama_context_ptr context_;
  DecoderOptions options_;
  Gate gate_;
  std::vector<Kept> kept_;  ///< what the context holds, from its beginning
  std::atomic<std::uint64_t> decoded_prompt_tokens_{0};
};

}  // namespace rap
