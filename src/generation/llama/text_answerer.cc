// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/text_answerer.h"

#include <utility>

#include "generation/llama/chat.h"
#include "generation/llama/decoding.h"
#include "generation/llama/model.h"

namespace rap {
namespace {

class LlamaAnswerer final : public TextAnswerer {
 public:
  LlamaAnswerer(llama_model_ptr model, std::unique_ptr<Decoder> decoder, ChatTokenizer chat)
      : model_(std::move(model)), decoder_(std::move(decoder)), chat_(std::move(chat)) {}

  [[nodiscard]] Result<Generation> answer(const std::string& question, int max_tokens) const override {
    auto segments = chat_.segments({{Role::kUser, {question}}}, [](const Picture&) -> Result<std::vector<Segment>> {
      return fail(ErrorCode::kUnsupported, "this model reads no pictures");
    });
    if (!segments) return Unexpected{segments.error()};
    GenerateOptions options;
    options.max_tokens = max_tokens;
    return decoder_->generate(std::move(*segments), {}, options, {});
  }

 private:
  llama_model_ptr model_;
  std::unique_ptr<Decoder> decoder_;
  ChatTokenizer chat_;
};

}  // namespace

Result<std::unique_ptr<TextAnswerer>> TextAnswerer::open(const std::filesystem::path& gguf,
                                                         const std::string& chat_template) {
  auto model = load_model(gguf);
  if (!model) return Unexpected{model.error()};
  auto decoder = Decoder::create(**model, {});
  if (!decoder) return Unexpected{decoder.error()};
  ChatTokenizer chat(**model, chat_template);
  return std::unique_ptr<TextAnswerer>(
      std::make_unique<LlamaAnswerer>(std::move(*model), std::move(*decoder), std::move(chat)));
}

}  // namespace rap
