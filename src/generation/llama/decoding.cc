// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/decoding.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "generation/llama/model.h"
#include "generation/llama/sampling.h"

namespace rap {
namespace {

using Clock = std::chrono::steady_clock;

std::chrono::microseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
}

int size_of(const Segment& segment) {
  return segment.picture ? segment.picture->tokens() : static_cast<int>(segment.tokens.size());
}

int positions_of(const Segment& segment) {
  return segment.picture ? segment.picture->positions() : static_cast<int>(segment.tokens.size());
}

int size_of(const std::vector<Segment>& segments) {
  return std::accumulate(segments.begin(), segments.end(), 0,
                         [](int sum, const Segment& segment) { return sum + size_of(segment); });
}

bool is_equal(const Segment& a, const Segment& b) {
  if (static_cast<bool>(a.picture) != static_cast<bool>(b.picture)) return false;
  if (a.picture) return a.picture_key == b.picture_key && a.picture->tokens() == b.picture->tokens();
  return a.tokens == b.tokens;
}

/// An answer that was given up before it began.
Generation cancelled_after(std::chrono::microseconds time) {
  Generation generation;
  generation.finish = FinishReason::kCancelled;
  generation.total = time;
  return generation;
}

/// Records when the first text of an answer leaves.
class FirstText {
 public:
  FirstText(Clock::time_point start, const OnText& on_text) : start_(start), on_text_(on_text) {}

  bool operator()(std::string_view piece) {
    if (at_.count() == 0) at_ = since(start_);
    return !on_text_ || on_text_(piece);
  }
  [[nodiscard]] std::chrono::microseconds at() const { return at_; }

 private:
  Clock::time_point start_;
  const OnText& on_text_;
  std::chrono::microseconds at_{0};
};

}  // namespace

Decoder::Decoder(llama_model& model, llama_context_ptr context, const DecoderOptions& options)
    : vocab_(llama_model_get_vocab(&model)),
      context_(std::move(context)),
      options_(options),
      gate_(options.max_waiting) {}

Result<std::unique_ptr<Decoder>> Decoder::create(llama_model& model, const DecoderOptions& options) {
  llama_context_params params = llama_context_default_params();
  params.n_ctx = static_cast<std::uint32_t>(options.context_tokens);
  params.n_batch = static_cast<std::uint32_t>(options.batch_tokens);
  params.n_ubatch = static_cast<std::uint32_t>(options.batch_tokens);
  params.n_outputs_max = 1;  // only the last token's logits are read
  params.n_threads = params.n_threads_batch = thread_count(options.threads);
  // ggml's flash attention on CPUs sums in half precision, and saves nothing on short prompts.
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.no_perf = true;
  llama_context_ptr context(llama_init_from_model(&model, params));
  if (!context) {
    return fail(ErrorCode::kInternal, "llama.cpp cannot make a context of " + std::to_string(options.context_tokens) +
                                          " tokens for this model");
  }
  return std::unique_ptr<Decoder>(new Decoder(model, std::move(context), options));
}

Result<void> Decoder::set_adapter(llama_adapter_lora& adapter, float scale) {
  llama_adapter_lora* adapters = &adapter;
  if (llama_set_adapters_lora(context_.get(), &adapters, 1, &scale) != 0) {
    return fail(ErrorCode::kCorrupt, "the LoRA adapter does not fit the model");
  }
  return {};
}

Result<void> Decoder::check_size(const std::vector<Segment>& prompt) const {
  const int size = size_of(prompt);
  if (size < options_.context_tokens) return {};
  return fail(ErrorCode::kTooLarge, "the prompt has " + std::to_string(size) + " tokens; the model's context holds " +
                                        std::to_string(options_.context_tokens) + " with the answer");
}

/// Number of segments at the start of `prompt` that the context holds already; removes the rest
/// from the context. The last segment is always decoded: its logits are needed.
std::size_t Decoder::reuse(const std::vector<Segment>& prompt) {
  std::size_t common = 0;
  if (options_.reuse_prefix) {
    while (common < kept_.size() && common + 1 < prompt.size() && is_equal(kept_[common].segment, prompt[common])) {
      ++common;
    }
  }
  llama_memory_t memory = llama_get_memory(context_.get());
  const llama_pos end = common > 0 ? kept_[common - 1].end : 0;
  // Models with a recurrent state cannot forget a part of what they have read.
  if (common == 0 || !llama_memory_seq_rm(memory, 0, end, -1)) {
    llama_memory_clear(memory, false);
    common = 0;
  }
  kept_.resize(common);
  return common;
}

bool Decoder::decode_tokens(const std::vector<llama_token>& tokens, llama_pos position, bool with_logits) {
  const std::size_t step = std::min(static_cast<std::size_t>(options_.batch_tokens), tokens.size());
  llama_batch batch = llama_batch_init(static_cast<std::int32_t>(step), 0, 1);
  bool decoded = true;
  for (std::size_t begin = 0; begin < tokens.size() && decoded; begin += step) {
    const std::size_t count = std::min(step, tokens.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      batch.token[i] = tokens[begin + i];
      batch.pos[i] = position++;
      batch.n_seq_id[i] = 1;
      batch.seq_id[i][0] = 0;
      batch.logits[i] = with_logits && begin + i + 1 == tokens.size() ? 1 : 0;
    }
    batch.n_tokens = static_cast<std::int32_t>(count);
    decoded = llama_decode(context_.get(), batch) == 0;
  }
  llama_batch_free(batch);
  return decoded;
}

/// The position after the prompt. kCancelled between two segments; those decoded until then stay.
Result<llama_pos> Decoder::decode_prompt(const std::vector<Segment>& prompt,
                                         const std::function<bool()>& is_cancelled) {
  for (std::size_t i = reuse(prompt); i < prompt.size(); ++i) {
    if (is_cancelled()) return fail(ErrorCode::kCancelled, "the answer is not wanted any more");
    const Segment& segment = prompt[i];
    const llama_pos position = kept_.empty() ? 0 : kept_.back().end;
    const bool decoded = segment.picture ? segment.picture->decode(*context_, position, options_.batch_tokens)
                                         : decode_tokens(segment.tokens, position, i + 1 == prompt.size());
    if (!decoded) {
      kept_.clear();
      return fail(ErrorCode::kInternal,
                  "llama.cpp cannot decode the prompt (" + std::to_string(size_of(prompt)) + " tokens)");
    }
    decoded_prompt_tokens_ += static_cast<std::uint64_t>(size_of(segment));
    kept_.push_back({segment, position + positions_of(segment)});
  }
  return kept_.back().end;
}

Result<Generation> Decoder::generate(std::vector<Segment> prompt, const std::vector<llama_token>& prefix,
                                     const GenerateOptions& options, const OnText& on_text) {
  const auto start = Clock::now();
  if (!prefix.empty()) prompt.push_back(Segment{prefix, nullptr, {}});
  if (prompt.empty() || prompt.back().tokens.empty()) {
    return fail(ErrorCode::kInvalidArgument, "the prompt does not end with text", "prompt");
  }
  if (auto fits = check_size(prompt); !fits) return Unexpected{fits.error()};
  auto sampler = Sampler::create(vocab_, options);
  if (!sampler) return Unexpected{sampler.error()};
  const auto is_cancelled = [&] { return options.is_cancelled && options.is_cancelled(); };
  const auto pass = gate_.enter(options.is_cancelled);
  if (!pass && is_cancelled()) return cancelled_after(since(start));
  if (!pass) {
    return fail(ErrorCode::kUnavailable,
                "the model is busy: " + std::to_string(gate_.max_waiting()) + " questions wait already");
  }
  auto position = decode_prompt(prompt, is_cancelled);
  if (!position && position.error().code == ErrorCode::kCancelled) return cancelled_after(since(start));
  if (!position) return Unexpected{position.error()};

  Generation generation;
  generation.prompt_tokens = size_of(prompt);
  FirstText first_text(start, on_text);
  const OnText deliver = std::ref(first_text);
  TextStream stream(options.stop, deliver);
  auto state = prefix.empty() ? TextStream::State::kOpen : stream.push(options.prefix);
  const int limit = std::min(options.max_tokens, options_.context_tokens - generation.prompt_tokens);
  bool ended = false;
  while (state == TextStream::State::kOpen && generation.answer_tokens < limit) {
    const float* logits = llama_get_logits_ith(context_.get(), -1);
    const llama_token token = logits ? sampler->next(logits, stream.pushed()) : LLAMA_TOKEN_NULL;
    if (token == LLAMA_TOKEN_NULL || llama_vocab_is_eog(vocab_, token)) {
      ended = true;
      break;
    }
    ++generation.answer_tokens;
    state = is_cancelled() ? stream.cancel() : stream.push(token_text(vocab_, token));
    if (state != TextStream::State::kOpen || generation.answer_tokens == limit) break;
    if (!decode_tokens({token}, (*position)++, true)) {
      return fail(ErrorCode::kInternal,
                  "llama.cpp cannot go on after " + std::to_string(generation.answer_tokens) + " tokens");
    }
  }
  state = stream.finish();
  generation.text = stream.text();
  generation.finish = state == TextStream::State::kCancelled          ? FinishReason::kCancelled
                      : state == TextStream::State::kStopped || ended ? FinishReason::kStop
                                                                      : FinishReason::kLength;
  generation.to_first_token = first_text.at();
  generation.total = since(start);
  return generation;
}

}  // namespace rap
