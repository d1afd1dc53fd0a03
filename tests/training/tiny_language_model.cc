// SPDX-License-Identifier: Apache-2.0
#include "tests/training/tiny_language_model.h"

#include <random>
#include <utility>
#include <vector>

#include "tests/support/tiny_vocabulary.h"
#include "training/formats/gguf.h"

namespace rap::training::testing {
namespace {

constexpr std::int64_t kHeads = 4;
constexpr std::int64_t kKeyHeads = 2;
constexpr std::int64_t kFeedForward = 64;

class Writer {
 public:
  explicit Writer(std::string architecture) : architecture_(std::move(architecture)) {
    content_.metadata["general.architecture"] = architecture_;
  }

  void set(const std::string& key, GgufValue value) { content_.metadata[architecture_ + "." + key] = std::move(value); }
  void set_general(const std::string& key, GgufValue value) { content_.metadata[key] = std::move(value); }

  void tensor(const std::string& name, std::vector<std::int64_t> shape, float mean, float deviation) {
    std::normal_distribution<float> distribution(mean, deviation);
    std::int64_t count = 1;
    for (const std::int64_t side : shape) count *= side;
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = distribution(random_);
    content_.tensors.push_back({name, std::move(shape), StorageType::kF32, std::move(values)});
  }
  void matrix(const std::string& name, std::int64_t rows, std::int64_t columns) {
    tensor(name, {rows, columns}, 0.0F, 0.25F);
  }
  void norm(const std::string& name, std::int64_t size) { tensor(name, {size}, 1.0F, 0.2F); }

  [[nodiscard]] bool write(const std::filesystem::path& file) const { return write_gguf(file, content_).has_value(); }

 private:
  std::string architecture_;
  GgufContent content_;
  std::mt19937 random_{20261123};
};

void add_vocabulary(Writer& writer) {
  auto [tokens, types] = rap::testing::tiny_vocabulary();
  writer.set_general("tokenizer.ggml.model", "llama");
  writer.set_general("tokenizer.ggml.scores", std::vector<double>(tokens.size(), 0.0));
  writer.set_general("tokenizer.ggml.tokens", std::move(tokens));
  writer.set_general("tokenizer.ggml.token_type", std::vector<std::int64_t>(types.begin(), types.end()));
}

}  // namespace

bool write_tiny_language_model(const std::filesystem::path& file, const std::string& architecture) {
  const bool is_gemma = architecture == "gemma3";
  const bool has_bias = architecture == "qwen2";
  const std::int64_t layers = is_gemma ? 7 : 2;
  const std::int64_t head_size = has_bias ? kTinyWidth / kHeads : 16;  // Llama's and Gemma's may be wider
  Writer writer(architecture);
  writer.set("block_count", layers);
  writer.set("context_length", std::int64_t{512});
  writer.set("embedding_length", kTinyWidth);
  writer.set("feed_forward_length", kFeedForward);
  writer.set("attention.head_count", kHeads);
  writer.set("attention.head_count_kv", kKeyHeads);
  writer.set("attention.layer_norm_rms_epsilon", 1e-5);
  writer.set("attention.key_length", head_size);
  writer.set("attention.value_length", head_size);
  writer.set("rope.dimension_count", head_size);
  writer.set("rope.freq_base", is_gemma ? 1e6 : 1e4);
  if (is_gemma) writer.set("attention.sliding_window", std::int64_t{512});
  add_vocabulary(writer);
  writer.tensor("token_embd.weight", {kTinyVocabulary, kTinyWidth}, 0.0F, 0.5F);
  writer.norm("output_norm.weight", kTinyWidth);
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    const std::string at = "blk." + std::to_string(layer) + ".";
    writer.norm(at + "attn_norm.weight", kTinyWidth);
    writer.norm(at + "ffn_norm.weight", kTinyWidth);
    for (const auto& [name, rows] : {std::pair{"attn_q", kHeads * head_size},
                                     {"attn_k", kKeyHeads * head_size},
                                     {"attn_v", kKeyHeads * head_size}}) {
      writer.matrix(at + name + ".weight", rows, kTinyWidth);
      if (has_bias) writer.tensor(at + name + ".bias", {rows}, 0.0F, 0.2F);
    }
    writer.matrix(at + "attn_output.weight", kTinyWidth, kHeads * head_size);
    writer.matrix(at + "ffn_gate.weight", kFeedForward, kTinyWidth);
    writer.matrix(at + "ffn_up.weight", kFeedForward, kTinyWidth);
    writer.matrix(at + "ffn_down.weight", kTinyWidth, kFeedForward);
    if (!is_gemma) continue;
    writer.norm(at + "attn_q_norm.weight", head_size);
    writer.norm(at + "attn_k_norm.weight", head_size);
    writer.norm(at + "post_attention_norm.weight", kTinyWidth);
    writer.norm(at + "post_ffw_norm.weight", kTinyWidth);
  }
  return writer.write(file);
}

}  // namespace rap::training::testing
