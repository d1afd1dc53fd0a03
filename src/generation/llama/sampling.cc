// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/sampling.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "generation/json_grammar.h"
#include "generation/json_text.h"
#include "generation/llama/text_stream.h"

namespace rap {
namespace {

/// After so many refused choices for one token an answer in text ends; JSON goes on as the grammar alone allows.
constexpr std::size_t kMaxRefusals = 64;

/// The grammar takes milliseconds for a whole vocabulary, and next to nothing for one token. So the
/// model's choices are tried one by one first: refusing a choice and choosing again among the rest
/// has the same result, at any temperature.
constexpr std::size_t kTriesWithoutGrammar = 8;

constexpr float kImpossible = -std::numeric_limits<float>::infinity();

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

/// Null where the answer need not be JSON.
Result<llama_sampler_ptr> make_grammar(const llama_vocab* vocab, const GenerateOptions& options) {
  if (!options.json) return llama_sampler_ptr();
  if (!options.prefix.empty()) {
    return fail(ErrorCode::kInvalidArgument, "an answer in JSON cannot start with a prefix", "prefix");
  }
  const auto schema = read_json_schema(*options.json);
  if (!schema) return Unexpected{schema.error()};
  const auto grammar = json_grammar(*schema);
  if (!grammar) return Unexpected{grammar.error()};
  llama_sampler_ptr sampler(llama_sampler_init_grammar(vocab, grammar->c_str(), "root"));
  if (!sampler) return fail(ErrorCode::kInternal, "llama.cpp cannot read the grammar of the JSON Schema");
  return sampler;
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

Result<Sampler> Sampler::create(const llama_vocab* vocab, const GenerateOptions& options) {
  auto grammar = make_grammar(vocab, options);
  if (!grammar) return Unexpected{grammar.error()};
  return Sampler(vocab, options, std::move(*grammar));
}

Sampler::Sampler(const llama_vocab* vocab, const GenerateOptions& options, llama_sampler_ptr grammar)
    : vocab_(vocab), chain_(make_chain(options)), grammar_(std::move(grammar)), forbidden_(options.forbidden) {}

bool Sampler::completes_forbidden(llama_token token, std::string_view text) const {
  if (forbidden_.empty()) return false;
  std::string before(text);
  std::string grown = before + unfinished_ + token_text(vocab_, token);
  grown.resize(complete_utf8(grown));
  if (grammar_) {
    before = json_as_read(before);
    grown = json_as_read(grown);
  }
  const auto hits = forbidden_.find(grown);
  // What ends before the new piece was given (a prefix that holds the name), not chosen.
  return !hits.empty() && hits.back().span.end > before.size();
}

bool Sampler::fits_grammar(llama_token token) const {
  if (!grammar_) return true;
  if (!llama_vocab_is_eog(vocab_, token)) {
    // Where the grammar is not as strict as the answer's readers: it takes the names of control
    // tokens for text, and bytes that spell a quote the long way round for a quote.
    const std::string text = token_text(vocab_, token);
    if (text.empty() || !is_utf8_so_far(unfinished_ + text)) return false;
  }
  llama_token_data candidate{token, 0.0F, 0.0F};
  llama_token_data_array array{&candidate, 1, -1, false};
  llama_sampler_apply(grammar_.get(), &array);
  return candidate.logit != kImpossible;
}

/// Keeps what the next choice depends on.
llama_token Sampler::accept(llama_token token) {
  if (token == LLAMA_TOKEN_NULL || llama_vocab_is_eog(vocab_, token)) return token;
  if (grammar_) llama_sampler_accept(grammar_.get(), token);
  unfinished_ += token_text(vocab_, token);
  unfinished_.erase(0, complete_utf8(unfinished_));
  return token;
}

/// A token that was not refused, or LLAMA_TOKEN_NULL if there is none.
llama_token Sampler::choose(const float* logits, const std::vector<llama_token>& refused, bool by_grammar) {
  const auto count = static_cast<std::size_t>(llama_vocab_n_tokens(vocab_));
  candidates_.resize(count);
  for (std::size_t i = 0; i < count; ++i) candidates_[i] = {static_cast<llama_token>(i), logits[i], 0.0F};
  for (const llama_token token : refused) candidates_[static_cast<std::size_t>(token)].logit = kImpossible;
  llama_token_data_array array{candidates_.data(), count, -1, false};
  if (by_grammar) llama_sampler_apply(grammar_.get(), &array);
  const bool is_possible = std::any_of(candidates_.begin(), candidates_.end(), [](const llama_token_data& candidate) {
    return candidate.logit != kImpossible;
  });
  if (!is_possible) return LLAMA_TOKEN_NULL;
  llama_sampler_apply(chain_.get(), &array);
  return array.selected < 0 ? LLAMA_TOKEN_NULL : array.data[array.selected].id;
}

llama_token Sampler::next(const float* logits, std::string_view text) {
  std::vector<llama_token> refused;
  while (refused.size() <= kMaxRefusals) {
    const llama_token token = choose(logits, refused, grammar_ && refused.size() >= kTriesWithoutGrammar);
    if (token == LLAMA_TOKEN_NULL) break;
    if (fits_grammar(token) && !completes_forbidden(token, text)) return accept(token);
    refused.push_back(token);
  }
  // JSON must go on: what the schema leaves to say is a forbidden name.
  return grammar_ ? accept(choose(logits, {}, true)) : LLAMA_TOKEN_NULL;
}

}  // namespace rap
