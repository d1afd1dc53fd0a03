// SPDX-License-Identifier: Apache-2.0
// The operations of a transformer that the trainer differentiates. Each has two forms that agree:
// fused loops for bfloat16 on a CPU (training/kernels.h), and a chain of tensor operations for
// everything else: float32, which tests compare with llama.cpp, and CUDA.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "training/kernels.h"

namespace rap::training {

/// The tokens of a batch, laid out as [sequences, length] and flattened to rows.
struct Layout {
  std::int64_t sequences = 0;
  std::int64_t length = 0;
  torch::Tensor positions;  ///< int64 [sequences * length], place of each token for the rotary embedding
  torch::Tensor visible;    ///< int32 [sequences * length, 3], a Visible for each token
};

struct Normed {
  torch::Tensor sum;  ///< x + added, float32 [rows, width]
  torch::Tensor y;    ///< its root-mean-square norm times weight, in the compute type
};

/// Adds a block's result (may be undefined) to the residual stream and norms the sum (arXiv
/// 1910.07467). x: float32 [rows, width]; weight: float32 [width], frozen.
[[nodiscard]] Normed add_rms_norm(const torch::Tensor& x, const torch::Tensor& added, const torch::Tensor& weight,
                                  double epsilon, torch::ScalarType compute_type);

/// A frozen matrix with a low-rank correction (LoRA, arXiv 2106.09685): y = x W^T + bias +
/// scale * (x A^T) B^T. Several matrices that read the same input are stacked to one; each part
/// has a correction of its own.
struct LoraLinear {
  torch::Tensor weight;             ///< [out, in], compute type, frozen
  torch::Tensor bias;               ///< [out], compute type, frozen; may be undefined
  std::vector<std::int64_t> parts;  ///< rows of each part; their sum is out
  torch::Tensor a;                  ///< [parts * rank, in], float32, trained; undefined = no correction
  torch::Tensor b;                  ///< [out, rank], float32, trained
  double scale = 1.0;
};
[[nodiscard]] torch::Tensor lora_linear(const torch::Tensor& x, const LoraLinear& linear);

/// activation(gate) * up of rows [gate, up].
[[nodiscard]] torch::Tensor gated(const torch::Tensor& gate_up, Gate gate);

/// Angles of the rotary embedding for every position: [positions, head_size / 2] each.
struct RotaryTable {
  torch::Tensor cosine;
  torch::Tensor sine;
  bool interleaved = true;
};

/// Sizes of attention with grouped keys and values: query head h reads key head
/// h / (heads / key_heads).
struct AttentionShape {
  std::int64_t heads = 0;
  std::int64_t key_heads = 0;
  std::int64_t head_size = 0;
  double scale = 0.0;  ///< of the scores
};

/// Rows [queries, keys, values] side by side, as a stacked linear gives them, to attended values
/// [rows, heads * head_size]. Queries and keys are rotated here unless `rotary` is null.
[[nodiscard]] torch::Tensor attention(const torch::Tensor& qkv, const Layout& layout, const AttentionShape& shape,
                                      const RotaryTable* rotary);

/// Mean of -log p(target) over rows: the output layer and the loss in one, so that logits of the
/// whole vocabulary exist for a few rows at a time only. hidden: [rows, width], targets: int64
/// [rows]; embedding: [vocabulary, width], frozen.
[[nodiscard]] torch::Tensor linear_cross_entropy(const torch::Tensor& hidden, const torch::Tensor& embedding,
                                                 const torch::Tensor& targets);

}  // namespace rap::training
