// SPDX-License-Identifier: Apache-2.0
// A language model in libtorch, read from the very GGUF file that serves, frozen, with low-rank
// corrections that are trained. Families: Llama, Qwen2 and Gemma 3 (text).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "rap/result.h"
#include "training/formats/gguf.h"
#include "training/ops.h"

namespace rap::training {

/// Sizes and constants of a model, from its GGUF metadata.
struct LanguageModelShape {
  std::string architecture;  ///< "llama", "qwen2", "gemma3"
  std::int64_t layers = 0;
  std::int64_t width = 0;
  std::int64_t feed_forward = 0;
  std::int64_t heads = 0;
  std::int64_t key_heads = 0;
  std::int64_t head_size = 0;
  std::int64_t vocabulary = 0;
  std::int64_t context = 0;  ///< most tokens of a sequence
  double norm_epsilon = 0.0;
  double rotary_base = 0.0;
  double local_rotary_base = 0.0;  ///< of layers with a sliding window; 0 = no such layers
  std::int64_t window = 0;         ///< tokens such a layer sees
};

/// The low-rank correction. Targets are llama.cpp's words: "attn_q", "attn_k", "attn_v",
/// "attn_output", "ffn_gate", "ffn_up", "ffn_down".
struct LoraOptions {
  std::int64_t rank = 32;
  double alpha = 64.0;  ///< the correction is scaled by alpha / rank
};

/// A matrix of the base that has a correction, as it is exported.
struct LoraPart {
  std::string base;  ///< name of the tensor in the GGUF, "blk.0.attn_q.weight"
  torch::Tensor a;   ///< [rank, in], a view of the trained values
  torch::Tensor b;   ///< [out, rank], a view of the trained values
};

/// Not thread-safe. All functions run on the device and in the compute type it was read for.
class LanguageModel {
 public:
  struct Options {
    LoraOptions lora;
    torch::ScalarType compute_type = torch::kBFloat16;
    torch::Device device = torch::kCPU;
    std::uint64_t seed = 0;        ///< of the corrections' first values: A random, B zero
    bool keep_activations = true;  ///< false: layers are computed again on the way back, for less memory
  };

  /// Reads the base. kNotFound, kCorrupt, kUnsupported (another architecture, or a constant that
  /// this code does not know).
  [[nodiscard]] static Result<LanguageModel> read(const GgufFile& base, const Options& options);

  [[nodiscard]] const LanguageModelShape& shape() const noexcept { return shape_; }

  /// Token embeddings as the first layer reads them: float32 [tokens, width].
  [[nodiscard]] torch::Tensor embed(const torch::Tensor& tokens) const;

  /// Hidden rows after the last norm, of inputs float32 [sequences * length, width], in the
  /// compute type. Differentiable in the inputs and the corrections.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& inputs, const Layout& layout) const;

  /// Logits [rows, vocabulary] of hidden rows.
  [[nodiscard]] torch::Tensor logits(const torch::Tensor& hidden) const;

  /// Mean cross entropy of hidden rows against the tokens that follow them.
  [[nodiscard]] torch::Tensor loss(const torch::Tensor& hidden, const torch::Tensor& targets) const;

  /// All corrections as two values a stacked matrix, float32, in a fixed order.
  [[nodiscard]] std::vector<torch::Tensor> parameters() const;

  /// The corrections, matrix by matrix of the base.
  [[nodiscard]] std::vector<LoraPart> lora_parts() const;

  [[nodiscard]] const Options& options() const noexcept { return options_; }

 private:
  struct Block {
    torch::Tensor attention_norm, feed_norm;              // [width]
    torch::Tensor query_norm, key_norm;                   // [head_size], Gemma 3; else undefined
    torch::Tensor after_attention_norm, after_feed_norm;  // [width], Gemma 3; else undefined
    LoraLinear qkv, output, gate_up, down;
    bool is_local = false;
  };
  struct Reader;
  class Recomputed;

  LanguageModel() = default;
  [[nodiscard]] torch::Tensor block_attention(const Block& block, const torch::Tensor& x, const Layout& layout) const;
  [[nodiscard]] torch::Tensor head_norms(const Block& block, const torch::Tensor& qkv) const;
  /// (residual stream, last result to be added) through one block.
  [[nodiscard]] std::pair<torch::Tensor, torch::Tensor> through(const Block& block, const torch::Tensor& stream,
                                                                const torch::Tensor& added, const Layout& layout) const;

  LanguageModelShape shape_;
  Options options_;
  AttentionShape attention_;
  RotaryTable rotary_, local_rotary_;
  Gate gate_ = Gate::kSilu;
  double embedding_scale_ = 1.0;
  torch::Tensor embedding_;  // [vocabulary, width], compute type
  torch::Tensor output_;     // the same where the GGUF has no output matrix
  torch::Tensor final_norm_;
  std::vector<Block> blocks_;
};

}  // namespace rap::training
