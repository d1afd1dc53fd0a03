// SPDX-License-Identifier: Apache-2.0
#include "tests/training/formats_logits.h"

#include <llama-cpp.h>

#include <cmath>
#include <utility>

#include "generation/llama/model.h"

namespace rap::training::testing {

std::vector<float> logits_of(const std::filesystem::path& model, const std::filesystem::path& adapter,
                             const std::vector<int>& tokens) {
  auto all = all_logits_of(model, adapter, tokens);
  return all.empty() ? std::vector<float>() : std::move(all.back());
}

std::vector<std::vector<float>> all_logits_of(const std::filesystem::path& model, const std::filesystem::path& adapter,
                                              const std::vector<int>& tokens) {
  const auto loaded = load_model(model);
  if (!loaded) return {};
  llama_context_params params = llama_context_default_params();
  params.n_ctx = 256;
  params.n_threads = params.n_threads_batch = 1;
  const llama_context_ptr context(llama_init_from_model(loaded->get(), params));
  if (!context) return {};
  if (!adapter.empty()) {
    llama_adapter_lora* lora = llama_adapter_lora_init(loaded->get(), adapter.c_str());  // the model owns it
    float scale = 1.0F;
    if (lora == nullptr || llama_set_adapters_lora(context.get(), &lora, 1, &scale) != 0) return {};
  }
  const auto vocabulary = static_cast<std::size_t>(llama_vocab_n_tokens(llama_model_get_vocab(loaded->get())));
  std::vector<std::vector<float>> all;
  for (const int token : tokens) {
    llama_token one = token;
    if (llama_decode(context.get(), llama_batch_get_one(&one, 1)) != 0) return {};
    const float* logits = llama_get_logits_ith(context.get(), -1);
    if (logits == nullptr) return {};
    all.emplace_back(logits, logits + vocabulary);
  }
  return all;
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size() || a.empty()) return 0.0;
  double product = 0.0;
  double a_size = 0.0;
  double b_size = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    a_size += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    b_size += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return product / std::sqrt(a_size * b_size);
}

}  // namespace rap::training::testing
