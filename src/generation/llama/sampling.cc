// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/sampling.h"

#include <algorithm>
#include <array>
#include <limits>

#include "generation/llama/text_stream.h"

namespace rap {
namespace {

/// After so many forbidden choices for one token the answer ends instead.
constexpr int kMaxRejections = 64;

llama_sampler_ptr make_chain(const GenerateOptions& options) {
  llama_sampler_ptr chain(llama_sampler_chain_init(llama_sampler_chain_default_params()));
  if (options.temperature > 0.0F) {
    auto seed = static_cast<std::uint32_t>(options.seed ^ (options.seed >> 32U));
    if (seed == LLAMA_DEFAULT_SEED) seed = 0;  // it would mean "any seed"
    llama_sampler_chain_add(chain.get(), llama_sampler_init_temp(options.temperature));
    llama_sampler_chain_add(chain.get(), llama_sampler_init_dist(seed));
  } else {
    llama_sampler_chain_add(chain.get(), llama_sampler_init_greedy());
  }
  return chain;
}

}  // namespace

std::string token_text(const llama_vocab* vocab, llama_token token) {
  std::array<char, 64> buffer{};
  std::int32_t size = llama_token_to_piece(vocab, token, buffer.data(), buffer.size(), 0, false);
  if (size >= 0) return {buffer.data(), static_cast<std::size_t>(size)};
  std::string text(static_cast<std::size_t>(-size), '\0');
  size = llama_token_to_piece(vocab, token, text.data(), static_cast<std::int32_t>(text.size()), 0, false);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

Sampler::Sampler(const llama_vocab* vocab, const GenerateOptions& options)
    : vocab_(vocab), chain_(make_chain(options)), forbidden_(options.forbidden) {}

bool Sampler::completes_forbidden(llama_token token, std::string_view text) const {
  std::string grown = std::string(text) + token_text(vocab_, token);
  grown.resize(complete_utf8(grown));
  const auto hits = forbidden_.find(grown);
  // What ends before the new piece was given (a prefix that holds the name), not chosen.
  return !hits.empty() && hits.back().span.end > text.size();
}

llama_token Sampler::next(const float* logits, std::string_view text) {
  const auto count = static_cast<std::size_t>(llama_vocab_n_tokens(vocab_));
  std::vector<llama_token> rejected;
  while (rejected.size() <= kMaxRejections) {
    candidates_.resize(count);
    for (std::size_t i = 0; i < count; ++i) candidates_[i] = {static_cast<llama_token>(i), logits[i], 0.0F};
    for (const llama_token token : rejected) {
      candidates_[static_cast<std::size_t>(token)].logit = -std::numeric_limits<float>::infinity();
    }
    llama_token_data_array array{candidates_.data(), count, -1, false};
    llama_sampler_apply(chain_.get(), &array);
    if (array.selected < 0) return LLAMA_TOKEN_NULL;
    const llama_token token = array.data[array.selected].id;
    if (forbidden_.empty() || !completes_forbidden(token, text)) return token;
    rejected.push_back(token);
  }
  return LLAMA_TOKEN_NULL;
}

}  // namespace rap
