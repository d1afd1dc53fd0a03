// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/text_encoder.h"

#include <llama-cpp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/hash.h"
#include "core/text.h"
#include "generation/llama/chat.h"
#include "generation/llama/gate.h"
#include "generation/llama/model.h"

namespace rap {
namespace {

constexpr int kMostTokens = 2048;              ///< the working memory grows with their square
constexpr int kTokensOfThread = 64;            ///< for fewer, starting another thread costs more than it saves
constexpr std::size_t kMostBytesOfToken = 64;  ///< longer texts are not even taken apart
constexpr char kVersion[] = "1";               ///< of how a text becomes numbers; goes into the fingerprint

/// Whether texts lose their accents before they are looked up in the vocabulary. llama.cpp drops accents that stand
/// on their own, but takes only some letters apart.
bool drops_accents(const llama_model& model) {
  if (llama_vocab_type(llama_model_get_vocab(&model)) != LLAMA_VOCAB_TYPE_WPM) return false;
  std::array<char, 8> lowercase{};
  const auto size =
      llama_model_meta_val_str(&model, "tokenizer.ggml.normalizer.lowercase", lowercase.data(), lowercase.size());
  return size < 0 || std::string_view(lowercase.data()) == "true";
}

/// What llama.cpp would end the process for, or answer with something else than an embedding.
Result<void> check_vocabulary(const llama_model& model) {
  const llama_vocab* vocab = llama_model_get_vocab(&model);
  const auto type = llama_vocab_type(vocab);
  const bool lacks_ends = type == LLAMA_VOCAB_TYPE_WPM && (llama_vocab_bos(vocab) < 0 || llama_vocab_sep(vocab) < 0);
  if (type == LLAMA_VOCAB_TYPE_NONE || lacks_ends) {
    return fail(ErrorCode::kUnsupported, "the model cannot embed texts: it has no vocabulary for them");
  }
  return {};
}

Result<llama_context_ptr> make_context(llama_model& model, int most_tokens) {
  llama_context_params params = llama_context_default_params();
  // A text is read in one piece: every token may look at every other.
  params.n_ctx = params.n_batch = params.n_ubatch = static_cast<std::uint32_t>(most_tokens);
  params.embeddings = true;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;  // sums in half precision
  params.no_perf = true;
  llama_context_ptr context(llama_init_from_model(&model, params));
  if (!context) return fail(ErrorCode::kInternal, "llama.cpp cannot make a context for this model");
  const auto pooling = llama_pooling_type(context.get());
  if (pooling == LLAMA_POOLING_TYPE_NONE || pooling == LLAMA_POOLING_TYPE_RANK) {
    return fail(ErrorCode::kUnsupported,
                "the model makes no embeddings of texts: its file does not say how they are pooled");
  }
  return context;
}

class LlamaTextEncoder final : public TextEncoder {
 public:
  LlamaTextEncoder(EmbeddingModel description, llama_model_ptr model, llama_context_ptr context, int most_tokens,
                   const TextEncoderOptions& options)
      : description_(std::move(description)),
        model_(std::move(model)),
        context_(std::move(context)),
        most_tokens_(most_tokens),
        threads_(thread_count(options.threads)),
        drops_accents_(drops_accents(*model_)),
        gate_(options.max_waiting) {}

  [[nodiscard]] const EmbeddingModel& model() const noexcept override { return description_; }

  [[nodiscard]] Result<TextEmbedding> embed(std::string_view text) const override {
    auto tokens = tokens_of(text);
    if (!tokens) return Unexpected{tokens.error()};
    const auto pass = gate_.enter();
    if (!pass) {
      return fail(ErrorCode::kUnavailable,
                  "the text encoder is busy: " + std::to_string(gate_.max_waiting()) + " texts wait already");
    }
    auto values = run(*tokens);
    if (!values) return Unexpected{values.error()};
    return TextEmbedding{.values = std::move(*values), .tokens = static_cast<int>(tokens->size())};
  }

 private:
  [[nodiscard]] Result<std::vector<llama_token>> tokens_of(std::string_view text) const {
    const auto most = static_cast<std::size_t>(most_tokens_);
    if (text.size() > most * kMostBytesOfToken) {
      return too_long("the text has " + std::to_string(text.size()) + " bytes");
    }
    const auto plain = decomposed(text);
    if (!plain) return fail(ErrorCode::kInvalidArgument, "the text is not valid UTF-8", "text");
    auto tokens = tokenize(llama_model_get_vocab(model_.get()), drops_accents_ ? std::string_view(*plain) : text,
                           /*parse_special=*/false, /*add_special=*/true);
    if (tokens.size() > most) return too_long("the text has " + std::to_string(tokens.size()) + " tokens");
    if (tokens.empty()) return fail(ErrorCode::kInvalidArgument, "the text is empty", "text");
    return tokens;
  }

  [[nodiscard]] Unexpected too_long(const std::string& what) const {
    return fail(ErrorCode::kTooLarge,
                what + "; '" + description_.name + "' reads " + std::to_string(most_tokens_) +
                    " tokens at most: embed parts of it",
                "text");
  }

  /// The pooled numbers, brought to length 1. One caller at a time.
  [[nodiscard]] Result<std::vector<float>> run(std::vector<llama_token>& tokens) const {
    const llama_batch batch = llama_batch_get_one(tokens.data(), static_cast<std::int32_t>(tokens.size()));
    llama_memory_t memory = llama_get_memory(context_.get());  // decoders have one
    if (memory != nullptr) llama_memory_clear(memory, false);
    const int threads = std::min(threads_, 1 + batch.n_tokens / kTokensOfThread);
    llama_set_n_threads(context_.get(), threads, threads);
    const int status = memory != nullptr ? llama_decode(context_.get(), batch) : llama_encode(context_.get(), batch);
    const float* pooled = status == 0 ? llama_get_embeddings_seq(context_.get(), 0) : nullptr;
    if (pooled == nullptr) return fail(ErrorCode::kInternal, "llama.cpp cannot embed the text");
    std::vector<float> values(pooled, pooled + description_.space.dimensions);
    const double length = std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
    if (!std::isnormal(length)) return fail(ErrorCode::kInternal, "the model makes no numbers of the text");
    for (float& value : values) value = static_cast<float>(value / length);
    return values;
  }

  const EmbeddingModel description_;
  const llama_model_ptr model_;
  const llama_context_ptr context_;
  const int most_tokens_;
  const int threads_;
  const bool drops_accents_;
  mutable Gate gate_;
};

}  // namespace

Result<std::unique_ptr<TextEncoder>> open_llama_text_encoder(const TextEncoderOptions& options) {
  auto model = load_model(options.model);
  if (!model) return Unexpected{model.error()};
  if (const auto checked = check_vocabulary(**model); !checked) return Unexpected{checked.error()};
  const int most_tokens = std::min(llama_model_n_ctx_train(model->get()), kMostTokens);
  auto context = make_context(**model, most_tokens);
  if (!context) return Unexpected{context.error()};
  const auto sha256 = options.sha256.empty() ? sha256_file(options.model) : options.sha256;
  if (!sha256) return Unexpected{sha256.error()};
  EmbeddingModel description{.name = options.name,
                             .space = {.fingerprint = "text:" + sha256->substr(0, 16) + ":" + kVersion,
                                       .dimensions = static_cast<std::size_t>(llama_model_n_embd_out(model->get()))}};
  return std::unique_ptr<TextEncoder>(std::make_unique<LlamaTextEncoder>(std::move(description), std::move(*model),
                                                                         std::move(*context), most_tokens, options));
}

}  // namespace rap
