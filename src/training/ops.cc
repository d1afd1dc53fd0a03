// SPDX-License-Identifier: Apache-2.0
#include "training/ops.h"

#include <ATen/Parallel.h>

#include <cmath>

namespace rap::training {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr std::int64_t kRowsAtOnce = 16;  ///< least work worth a thread
/// Rows of logits that exist at once. Each product reads, and packs, the whole embedding matrix, so few rows a product
/// are slow (96 made training on Gemma 3, with 262,144 tokens, four times as slow); all rows would need much memory.
constexpr std::int64_t kLogitRows = 512;
constexpr float kMinusInfinity = -3.0e38F;

bool is_fused(const Tensor& tensor) { return tensor.device().is_cpu() && tensor.scalar_type() == torch::kBFloat16; }

Bf16* bits(const Tensor& tensor) { return reinterpret_cast<Bf16*>(tensor.data_ptr<at::BFloat16>()); }

/// An undefined tensor, as autograd's functions take it.
c10::optional<Tensor> given(const Tensor& tensor) {
  return tensor.defined() ? c10::optional<Tensor>(tensor) : c10::nullopt;
}

/// Calls `work(first, count)` for stretches of rows, on all threads.
template <class Work>
void for_rows(std::int64_t rows, const Work& work) {
  at::parallel_for(0, rows, kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    work(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  });
}

std::size_t size_of(std::int64_t count) { return static_cast<std::size_t>(count); }

// --- residual addition and norm ------------------------------------------------------------------

class AddRmsNorm : public Function<AddRmsNorm> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& x, const c10::optional<Tensor>& added,
                               const Tensor& weight, double epsilon) {
    const std::int64_t rows = x.size(0);
    const std::size_t width = size_of(x.size(1));
    const bool has_added = added.has_value();
    const Tensor sum = has_added ? torch::empty_like(x) : x;
    const Tensor y = torch::empty({rows, x.size(1)}, x.options().dtype(torch::kBFloat16));
    const Tensor scale = torch::empty({rows}, x.options());
    for_rows(rows, [&](std::size_t first, std::size_t count) {
      add_rms_norm_rows(x.data_ptr<float>() + first * width, has_added ? bits(*added) + first * width : nullptr,
                        weight.data_ptr<float>(), static_cast<float>(epsilon), count, width,
                        sum.data_ptr<float>() + first * width, bits(y) + first * width,
                        scale.data_ptr<float>() + first);
    });
    context->save_for_backward({sum, weight, scale});
    context->saved_data["has_added"] = has_added;
    return {has_added ? sum : sum.view_as(sum), y};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor& sum = saved[0];
    const std::size_t width = size_of(sum.size(1));
    const bool has_added = context->saved_data["has_added"].toBool();
    const Tensor dsum = gradients[0].defined() ? gradients[0].contiguous() : Tensor();
    const Tensor dy = gradients[1].contiguous();
    const Tensor dx = torch::empty_like(sum);
    const Tensor dadded = has_added ? torch::empty_like(dy) : Tensor();
    for_rows(sum.size(0), [&](std::size_t first, std::size_t count) {
      const std::size_t at = first * width;
      add_rms_norm_rows_backward(sum.data_ptr<float>() + at, saved[1].data_ptr<float>(),
                                 saved[2].data_ptr<float>() + first,
                                 dsum.defined() ? dsum.data_ptr<float>() + at : nullptr, bits(dy) + at, count, width,
                                 dx.data_ptr<float>() + at, has_added ? bits(dadded) + at : nullptr);
    });
    return {dx, dadded, Tensor(), Tensor()};
  }
};

// --- frozen matrix with a low-rank correction ----------------------------------------------------

/// x W^T + bias + scale * U B^T with U = x A^T. The corrections of all parts are one product: B's
/// parts stand on the diagonal of a matrix [out, parts * rank]. That multiplies some zeros, and is
/// many times faster than products that write to stripes of y. The frozen matrix takes no
/// gradient, and only x and U are kept for the way back.
class LoraProduct : public Function<LoraProduct> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const c10::optional<Tensor>& bias, const Tensor& a, const Tensor& b,
                        const std::vector<std::int64_t>& parts, double scale) {
    const Tensor a_low = a.to(x.scalar_type());
    const std::int64_t rank = b.size(1);
    const Tensor b_wide =
        torch::zeros({b.size(0), static_cast<std::int64_t>(parts.size()) * rank}, b.options().dtype(x.scalar_type()));
    for_parts(parts, rank, [&](std::int64_t row, std::int64_t count, std::int64_t column) {
      b_wide.narrow(0, row, count).narrow(1, column, rank).copy_(b.narrow(0, row, count));
    });
    Tensor y = torch::linear(x, weight, bias);
    const Tensor u = torch::linear(x, a_low);
    y.addmm_(u, b_wide.t(), 1.0, scale);
    context->save_for_backward({x, weight, a_low, b_wide, u});
    context->saved_data["parts"] = parts;
    context->saved_data["scale"] = scale;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &a_low = saved[2], &b_wide = saved[3], &u = saved[4];
    const auto parts = context->saved_data["parts"].toIntVector();
    const double scale = context->saved_data["scale"].toDouble();
    const std::int64_t rank = b_wide.size(1) / static_cast<std::int64_t>(parts.size());
    const Tensor dy = gradients[0].contiguous();

    const Tensor db_wide = dy.t().matmul(u);
    const Tensor db = torch::empty({b_wide.size(0), rank}, b_wide.options().dtype(torch::kFloat32));
    for_parts(parts, rank, [&](std::int64_t row, std::int64_t count, std::int64_t column) {
      db.narrow(0, row, count).copy_(db_wide.narrow(0, row, count).narrow(1, column, rank));
    });
    const Tensor du = dy.matmul(b_wide).mul_(scale);
    Tensor dx = dy.matmul(weight);
    dx.addmm_(du, a_low);
    return {dx, Tensor(), Tensor(), du.t().matmul(x).to(torch::kFloat32), db.mul_(scale), Tensor(), Tensor()};
  }

 private:
  /// Calls `work(first row, rows, first column)` for every part.
  template <class Work>
  static void for_parts(const std::vector<std::int64_t>& parts, std::int64_t rank, const Work& work) {
    std::int64_t row = 0;
    std::int64_t column = 0;
    for (const std::int64_t count : parts) {
      work(row, count, column);
      row += count;
      column += rank;
    }
  }
};

// --- gated activation ----------------------------------------------------------------------------

class Gated : public Function<Gated> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& gate_up, std::int64_t gate) {
    const std::size_t width = size_of(gate_up.size(1) / 2);
    Tensor y = torch::empty({gate_up.size(0), gate_up.size(1) / 2}, gate_up.options());
    for_rows(gate_up.size(0), [&](std::size_t first, std::size_t count) {
      gated_rows(static_cast<Gate>(gate), bits(gate_up) + first * 2 * width, count, width, bits(y) + first * width);
    });
    context->save_for_backward({gate_up});
    context->saved_data["gate"] = gate;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Tensor gate_up = context->get_saved_variables()[0];
    const Tensor dy = gradients[0].contiguous();
    const Tensor dgate_up = torch::empty_like(gate_up);
    const std::size_t width = size_of(gate_up.size(1) / 2);
    const auto gate = static_cast<Gate>(context->saved_data["gate"].toInt());
    for_rows(gate_up.size(0), [&](std::size_t first, std::size_t count) {
      gated_rows_backward(gate, bits(gate_up) + first * 2 * width, bits(dy) + first * width, count, width,
                          bits(dgate_up) + first * 2 * width);
    });
    return {dgate_up, Tensor()};
  }
};

// --- attention -----------------------------------------------------------------------------------

/// Where the rows of one head lie, and how they turn.
struct HeadRows {
  const Layout& layout;
  const AttentionShape& shape;
  const float* cosine;  ///< null: not rotated
  const float* sine;
  bool interleaved;

  [[nodiscard]] std::int64_t width() const { return (shape.heads + 2 * shape.key_heads) * shape.head_size; }
};

/// Moves one row of one head, turning it on the way; `sign` -1 turns it back.
void move_row(const HeadRows& rows, std::int64_t token, bool turns, float sign, const Bf16* from, Bf16* to) {
  const std::size_t size = size_of(rows.shape.head_size);
  if (!turns || !rows.cosine) {
    std::copy_n(from, size, to);
    return;
  }
  const std::size_t at = size_of(rows.layout.positions.data_ptr<std::int64_t>()[token]) * (size / 2);
  rotate_row(from, rows.cosine + at, rows.sine + at, sign, rows.interleaved, size, to);
}

/// Calls `move(token, row in the stacked matrix, row in the head-major tensor, turns)` for all
/// rows of queries (`which` 0), keys (1) or values (2).
template <class Move>
void for_head_rows(const HeadRows& rows, int which, const Move& move) {
  const AttentionShape& shape = rows.shape;
  const std::int64_t heads = which == 0 ? shape.heads : shape.key_heads;
  const std::int64_t first = which == 0 ? 0 : shape.heads + (which - 1) * shape.key_heads;
  const std::int64_t length = rows.layout.length;
  at::parallel_for(0, rows.layout.sequences * heads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const std::int64_t sequence = index / heads;
      const std::int64_t head = index % heads;
      for (std::int64_t t = 0; t < length; ++t) {
        const std::int64_t token = sequence * length + t;
        move(token, token * rows.width() + (first + head) * shape.head_size, (index * length + t) * shape.head_size,
             which != 2);
      }
    }
  });
}

/// Scores of grouped attention are [sequences * key heads, group * length, length]: the query
/// heads that share a key head lie under each other, so two batched products do all heads.
class FusedAttention : public Function<FusedAttention> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& qkv, const Layout& layout, const AttentionShape& shape,
                        const RotaryTable* rotary) {
    const HeadRows rows{layout, shape, rotary ? rotary->cosine.data_ptr<float>() : nullptr,
                        rotary ? rotary->sine.data_ptr<float>() : nullptr, rotary && rotary->interleaved};
    std::array<Tensor, 3> heads;
    for (int which = 0; which < 3; ++which) {
      const std::int64_t count = which == 0 ? shape.heads : shape.key_heads;
      heads[size_of(which)] =
          torch::empty({layout.sequences * shape.key_heads, count / shape.key_heads * layout.length, shape.head_size},
                       qkv.options());
      Bf16* to = bits(heads[size_of(which)]);
      for_head_rows(rows, which, [&](std::int64_t token, std::int64_t from, std::int64_t at, bool turns) {
        move_row(rows, token, turns, 1.0F, bits(qkv) + from, to + at);
      });
    }
    const auto& [q, k, v] = heads;
    Tensor p = torch::bmm(q, k.transpose(1, 2));
    const auto* visible = reinterpret_cast<const Visible*>(layout.visible.data_ptr<std::int32_t>());
    for_stretches(p, layout, [&](std::int64_t row, std::int64_t token, std::size_t count) {
      softmax_rows(bits(p) + row * layout.length, visible + token, static_cast<float>(shape.scale), count,
                   size_of(layout.length));
    });
    const Tensor o = torch::bmm(p, v);
    context->save_for_backward({q, k, v, p, layout.positions, layout.visible, rotary ? rotary->cosine : Tensor(),
                                rotary ? rotary->sine : Tensor()});
    context->saved_data["layout"] = std::vector<std::int64_t>{layout.sequences, layout.length};
    context->saved_data["shape"] = std::vector<std::int64_t>{shape.heads, shape.key_heads, shape.head_size};
    context->saved_data["scale"] = shape.scale;
    context->saved_data["interleaved"] = rotary && rotary->interleaved;
    return o.view({layout.sequences, shape.heads, layout.length, shape.head_size})
        .transpose(1, 2)
        .reshape({layout.sequences * layout.length, shape.heads * shape.head_size});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &q = saved[0], &k = saved[1], &v = saved[2], &p = saved[3];
    const auto sizes = context->saved_data["layout"].toIntVector();
    const auto heads = context->saved_data["shape"].toIntVector();
    const Layout layout{sizes[0], sizes[1], saved[4], saved[5]};
    const AttentionShape shape{heads[0], heads[1], heads[2], context->saved_data["scale"].toDouble()};
    const HeadRows rows{layout, shape, saved[6].defined() ? saved[6].data_ptr<float>() : nullptr,
                        saved[7].defined() ? saved[7].data_ptr<float>() : nullptr,
                        context->saved_data["interleaved"].toBool()};

    const Tensor dout = gradients[0]
                            .view({layout.sequences, layout.length, shape.heads, shape.head_size})
                            .transpose(1, 2)
                            .reshape(q.sizes());
    const Tensor dv = torch::bmm(p.transpose(1, 2), dout);
    Tensor dscores = torch::bmm(dout, v.transpose(1, 2));
    for_stretches(dscores, layout, [&](std::int64_t row, std::int64_t, std::size_t count) {
      softmax_rows_backward(bits(p) + row * layout.length, bits(dscores) + row * layout.length,
                            static_cast<float>(shape.scale), count, size_of(layout.length));
    });
    const std::array<Tensor, 3> from{torch::bmm(dscores, k), torch::bmm(dscores.transpose(1, 2), q), dv};
    const Tensor dqkv = torch::empty({layout.sequences * layout.length, rows.width()}, q.options());
    for (int which = 0; which < 3; ++which) {
      const Bf16* source = bits(from[size_of(which)]);
      for_head_rows(rows, which, [&](std::int64_t token, std::int64_t to, std::int64_t at, bool turns) {
        move_row(rows, token, turns, -1.0F, source + at, bits(dqkv) + to);
      });
    }
    return {dqkv, Tensor(), Tensor(), Tensor()};
  }

 private:
  /// Calls `work(row, token of the row, rows)` for every stretch of a head's rows in one sequence.
  template <class Work>
  static void for_stretches(const Tensor& scores, const Layout& layout, const Work& work) {
    const std::int64_t stretches = scores.size(0) * scores.size(1) / layout.length;
    const std::int64_t per_sequence = stretches / layout.sequences;
    at::parallel_for(0, stretches, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        work(i * layout.length, i / per_sequence * layout.length, size_of(layout.length));
      }
    });
  }
};

/// float32 [sequences, 1, length, length]: 0 where a token may look, a large negative elsewhere.
Tensor dense_mask(const Layout& layout) {
  const Tensor ranges = layout.visible.view({layout.sequences, layout.length, 3});
  const Tensor places = torch::arange(layout.length, ranges.options());
  const auto column = [&](std::int64_t i) { return ranges.select(2, i).unsqueeze(2); };
  const Tensor seen = places.lt(column(0)).logical_or(places.ge(column(1)).logical_and(places.lt(column(2))));
  return torch::zeros(seen.sizes(), seen.options().dtype(torch::kFloat32))
      .masked_fill(seen.logical_not(), kMinusInfinity)
      .unsqueeze(1);
}

Tensor rotated(const Tensor& heads, const RotaryTable& rotary, const Tensor& positions, const Layout& layout) {
  const auto table = [&](const Tensor& of) {
    return of.index_select(0, positions).view({layout.sequences, 1, layout.length, -1});
  };
  const Tensor cosine = table(rotary.cosine);
  const Tensor sine = table(rotary.sine);
  const std::int64_t half = heads.size(3) / 2;
  const Tensor x = heads.to(torch::kFloat32);
  Tensor turned;
  if (rotary.interleaved) {
    const Tensor pairs = x.view({x.size(0), x.size(1), x.size(2), half, 2});
    const Tensor a = pairs.select(4, 0), b = pairs.select(4, 1);
    turned = torch::stack({a * cosine - b * sine, a * sine + b * cosine}, 4).flatten(3);
  } else {
    const Tensor a = x.narrow(3, 0, half), b = x.narrow(3, half, half);
    turned = torch::cat({a * cosine - b * sine, a * sine + b * cosine}, 3);
  }
  return turned.to(heads.scalar_type());
}

Tensor plain_attention(const Tensor& qkv, const Layout& layout, const AttentionShape& shape,
                       const RotaryTable* rotary) {
  const Tensor rows =
      qkv.view({layout.sequences, layout.length, shape.heads + 2 * shape.key_heads, shape.head_size}).transpose(1, 2);
  Tensor q = rows.narrow(1, 0, shape.heads);
  Tensor k = rows.narrow(1, shape.heads, shape.key_heads);
  Tensor v = rows.narrow(1, shape.heads + shape.key_heads, shape.key_heads);
  if (rotary) {
    q = rotated(q.contiguous(), *rotary, layout.positions, layout);
    k = rotated(k.contiguous(), *rotary, layout.positions, layout);
  }
  const std::int64_t group = shape.heads / shape.key_heads;
  k = k.repeat_interleave(group, 1);
  v = v.repeat_interleave(group, 1);
  const Tensor scores = q.matmul(k.transpose(2, 3)).to(torch::kFloat32) * shape.scale + dense_mask(layout);
  return torch::softmax(scores, -1)
      .to(v.scalar_type())
      .matmul(v)
      .transpose(1, 2)
      .reshape({layout.sequences * layout.length, shape.heads * shape.head_size});
}

// --- output layer and loss -----------------------------------------------------------------------

class LinearCrossEntropy : public Function<LinearCrossEntropy> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& hidden, const Tensor& embedding,
                        const Tensor& targets) {
    const std::int64_t rows = hidden.size(0);
    const Tensor dhidden = torch::empty_like(hidden);
    double loss = 0.0;
    for (std::int64_t first = 0; first < rows; first += kLogitRows) {
      const std::int64_t count = std::min(kLogitRows, rows - first);
      const Tensor logits = torch::linear(hidden.narrow(0, first, count), embedding);
      const std::size_t width = size_of(logits.size(1));
      std::vector<double> losses(size_of(count));
      for_rows(count, [&](std::size_t row, std::size_t some) {
        losses[row] = cross_entropy_rows(bits(logits) + row * width,
                                         targets.data_ptr<std::int64_t>() + size_of(first) + row, some, width);
      });
      for (const double part : losses) loss += part;
      dhidden.narrow(0, first, count).copy_(logits.matmul(embedding));
    }
    context->save_for_backward({dhidden});
    return torch::tensor(loss / static_cast<double>(rows), torch::kFloat32);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Tensor dhidden = context->get_saved_variables()[0];
    const double scale = gradients[0].item<double>() / static_cast<double>(dhidden.size(0));
    return {dhidden.mul(scale), Tensor(), Tensor()};
  }
};

}  // namespace

Normed add_rms_norm(const Tensor& x, const Tensor& added, const Tensor& weight, double epsilon,
                    torch::ScalarType compute_type) {
  if (x.device().is_cpu() && compute_type == torch::kBFloat16) {
    const auto out = AddRmsNorm::apply(x, given(added), weight, epsilon);
    return {out[0], out[1]};
  }
  const Tensor sum = added.defined() ? x + added.to(torch::kFloat32) : x;
  const Tensor scale = torch::rsqrt(sum.square().mean(1, true) + epsilon);
  return {sum, (sum * scale * weight).to(compute_type)};
}

Tensor lora_linear(const Tensor& x, const LoraLinear& linear) {
  if (!linear.a.defined()) return torch::linear(x, linear.weight, linear.bias);
  return LoraProduct::apply(x, linear.weight, given(linear.bias), linear.a, linear.b, linear.parts, linear.scale);
}

Tensor gated(const Tensor& gate_up, Gate gate) {
  if (is_fused(gate_up)) return Gated::apply(gate_up, static_cast<std::int64_t>(gate));
  const auto halves = gate_up.chunk(2, 1);
  const Tensor active = gate == Gate::kSilu ? torch::silu(halves[0]) : torch::gelu(halves[0], "tanh");
  return active * halves[1];
}

Tensor attention(const Tensor& qkv, const Layout& layout, const AttentionShape& shape, const RotaryTable* rotary) {
  if (is_fused(qkv)) return FusedAttention::apply(qkv, layout, shape, rotary);
  return plain_attention(qkv, layout, shape, rotary);
}

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& embedding, const Tensor& targets) {
  if (is_fused(hidden)) return LinearCrossEntropy::apply(hidden, embedding, targets);
  return torch::cross_entropy_loss(torch::linear(hidden, embedding).to(torch::kFloat32), targets);
}

}  // namespace rap::training
