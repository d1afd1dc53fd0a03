// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/prompt_tokens.h"

#include <llama-cpp.h>

#include <array>
#include <utility>

#include "generation/llama/chat.h"
#include "generation/llama/model.h"

namespace rap {
namespace {

/// A picture that is only counted.
class CountedPicture final : public DecodablePicture {
 public:
  explicit CountedPicture(int tokens) : tokens_(tokens) {}
  [[nodiscard]] int tokens() const override { return tokens_; }
  [[nodiscard]] int positions() const override { return tokens_; }
  [[nodiscard]] bool decode(llama_context& /*context*/, llama_pos /*position*/, int /*batch*/) const override {
    return false;
  }

 private:
  int tokens_;
};

}  // namespace

struct PromptTokenizer::State {
  llama_model_ptr model;
  ChatTokenizer chat;
  const llama_vocab* vocab;
  llama_token end_of_turn;
};

Result<PromptTokenizer> PromptTokenizer::open(const std::filesystem::path& gguf, std::string chat_template) {
  auto model = load_model(gguf, /*vocabulary_only=*/true);
  if (!model) return Unexpected{model.error()};
  PromptTokenizer tokenizer;
  ChatTokenizer chat(**model, std::move(chat_template));
  const llama_vocab* vocab = llama_model_get_vocab(model->get());
  const llama_token end_of_turn = chat.end_of_answer();
  tokenizer.state_ = std::make_shared<const State>(State{std::move(*model), std::move(chat), vocab, end_of_turn});
  return tokenizer;
}

Result<std::vector<std::int32_t>> PromptTokenizer::prompt(const Prompt& prompt, int picture_tokens) const {
  const auto segments = state_->chat.segments(prompt, [&](const Picture&) -> Result<std::vector<Segment>> {
    Segment picture;
    picture.picture = std::make_shared<CountedPicture>(picture_tokens);
    return std::vector{std::move(picture)};
  });
  if (!segments) return Unexpected{segments.error()};
  std::vector<std::int32_t> tokens;
  for (const Segment& segment : *segments) {
    if (segment.picture) {
      tokens.insert(tokens.end(), static_cast<std::size_t>(segment.picture->tokens()), kVisualToken);
    } else {
      tokens.insert(tokens.end(), segment.tokens.begin(), segment.tokens.end());
    }
  }
  return tokens;
}

std::vector<std::int32_t> PromptTokenizer::answer(std::string_view text) const {
  std::vector<std::int32_t> tokens = state_->chat.plain(text);
  tokens.push_back(end_of_turn());
  return tokens;
}

std::int32_t PromptTokenizer::end_of_turn() const noexcept { return state_->end_of_turn; }

std::string PromptTokenizer::text(const std::vector<std::int32_t>& tokens) const {
  std::string text;
  for (const std::int32_t token : tokens) {
    if (token < 0 || llama_vocab_is_control(state_->vocab, token)) continue;
    std::array<char, 256> piece{};
    const int size = llama_token_to_piece(state_->vocab, token, piece.data(), static_cast<std::int32_t>(piece.size()),
                                          0, /*special=*/false);
    if (size > 0) text.append(piece.data(), static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace rap
