// SPDX-License-Identifier: Apache-2.0
// The inner loops of training on a CPU that are not matrix products: each reads and writes memory
// once where a chain of tensor operations would do so many times. Activations are bfloat16, sums
// float32. Compiled once for each instruction set and chosen at run time. All matrices are
// row-major and contiguous; functions work on the rows they are given and keep no state.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rap::training {

/// The upper half of a float's bits.
using Bf16 = std::uint16_t;

/// sum = x + added (`added` may be null), y = sum * rsqrt(mean(sum^2) + eps) * weight;
/// `scale` [rows] receives the rsqrt for the way back.
void add_rms_norm_rows(const float* x, const Bf16* added, const float* weight, float epsilon, std::size_t rows,
                       std::size_t width, float* sum, Bf16* y, float* scale);

/// Gradient of add_rms_norm_rows: dx = dsum + the gradient through the norm; `dadded` (may be
/// null) receives the same as bfloat16.
void add_rms_norm_rows_backward(const float* sum, const float* weight, const float* scale, const float* dsum,
                                const Bf16* dy, std::size_t rows, std::size_t width, float* dx, Bf16* dadded);

/// How the gate of a feed-forward block is activated.
enum class Gate { kSilu, kGeluTanh };

/// y = activation(gate) * up, with gate and up side by side in a row of 2 * width.
void gated_rows(Gate gate, const Bf16* gate_up, std::size_t rows, std::size_t width, Bf16* y);
void gated_rows_backward(Gate gate, const Bf16* gate_up, const Bf16* dy, std::size_t rows, std::size_t width,
                         Bf16* dgate_up);

/// What one row of attention may see: places [0, prefix) and [begin, end).
struct Visible {
  std::int32_t prefix;
  std::int32_t begin;
  std::int32_t end;
};

/// In place: scores become softmax(scale * scores) over the visible places of each row and 0
/// elsewhere. `visible` holds one entry a row.
void softmax_rows(Bf16* scores, const Visible* visible, float scale, std::size_t rows, std::size_t width);

/// In place: dprobabilities become the gradient of the scores, scale included.
void softmax_rows_backward(const Bf16* probabilities, Bf16* dprobabilities, float scale, std::size_t rows,
                           std::size_t width);

/// Rotary embedding of one head's row (RoFormer, arXiv 2104.09864): pairs are neighbours
/// (`interleaved`, as llama.cpp stores Llama) or halves of the row. `cosine` and `sine` hold half
/// of `size` values; the backward rotation is the same with the sine negated.
void rotate_row(const Bf16* from, const float* cosine, const float* sine, float sign, bool interleaved,
                std::size_t size, Bf16* to);

/// Cross entropy of rows of logits: returns the sum of -log softmax(logits)[target] and turns each
/// row into its gradient, softmax - onehot.
double cross_entropy_rows(Bf16* logits, const std::int64_t* targets, std::size_t rows, std::size_t width);

}  // namespace rap::training
