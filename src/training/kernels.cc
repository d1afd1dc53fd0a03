// SPDX-License-Identifier: Apache-2.0
#include "training/kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

// One copy of each loop for every level of x86-64; the dynamic linker picks.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define RAP_EVERY_CPU [[gnu::target_clones("default,avx2,arch=x86-64-v4")]]
#else
#define RAP_EVERY_CPU
#endif
#define RAP_INLINE [[gnu::always_inline]] inline

namespace rap::training {
namespace {

RAP_INLINE float wide(Bf16 value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16U); }

/// Rounds to nearest, ties to even.
RAP_INLINE Bf16 narrow(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<Bf16>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

/// e^x to about 2 units in the last place of a float for x in [-87, 88]; smaller x give e^-87.
RAP_INLINE float exponential(float x) {
  x = std::max(-87.0F, std::min(88.0F, x));
  const float turns = x * 1.44269504F;
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
  const float shifted = turns + 12582912.0F;
  const float whole = shifted - 12582912.0F;
  const float rest = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
  float power = 1.9875691500e-4F;
  power = power * rest + 1.3981999507e-3F;
  power = power * rest + 8.3334519073e-3F;
  power = power * rest + 4.1665795894e-2F;
  power = power * rest + 1.6666665459e-1F;
  power = power * rest + 5.0000001201e-1F;
  power = power * rest * rest + rest + 1.0F;
  const auto exponent = std::bit_cast<std::uint32_t>(shifted) << 23U;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(power) + exponent);
}

RAP_INLINE float sigmoid(float x) { return 1.0F / (1.0F + exponential(-x)); }

/// An activation's value and slope.
struct Curve {
  float value;
  float slope;
};

RAP_INLINE Curve silu(float x) {
  const float s = sigmoid(x);
  return {x * s, s * (1.0F + x * (1.0F - s))};
}

RAP_INLINE Curve gelu_tanh(float x) {
  constexpr float kRoot = 0.7978845608F;  // sqrt(2 / pi)
  constexpr float kCubic = 0.044715F;
  const float inner = kRoot * (x + kCubic * x * x * x);
  const float t = 2.0F * sigmoid(2.0F * inner) - 1.0F;
  const float slope = 0.5F * (1.0F + t) + 0.5F * x * (1.0F - t * t) * kRoot * (1.0F + 3.0F * kCubic * x * x);
  return {0.5F * x * (1.0F + t), slope};
}

constexpr std::size_t kLanes = 16;  ///< independent partial sums, so that a sum can use vector registers

RAP_INLINE float total(const float (&lanes)[kLanes]) {
  float sum = 0.0F;
  for (const float lane : lanes) sum += lane;
  return sum;
}

/// The sum of `term(i)` over [0, size).
template <class Term>
RAP_INLINE float sum_of(std::size_t size, const Term& term) {
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(i + lane);
  }
  float sum = total(lanes);
  for (; i < size; ++i) sum += term(i);
  return sum;
}

RAP_INLINE float largest(const Bf16* values, std::size_t size, float start) {
  float lanes[kLanes];
  std::fill(lanes, lanes + kLanes, start);
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = std::max(lanes[lane], wide(values[i + lane]));
  }
  float best = start;
  for (const float lane : lanes) best = std::max(best, lane);
  for (; i < size; ++i) best = std::max(best, wide(values[i]));
  return best;
}

template <Curve (*curve)(float)>
RAP_INLINE void gated_forward(const Bf16* gate_up, std::size_t rows, std::size_t width, Bf16* y) {
  for (std::size_t row = 0; row < rows; ++row) {
    const Bf16* gate = gate_up + row * 2 * width;
    const Bf16* up = gate + width;
    Bf16* to = y + row * width;
    for (std::size_t i = 0; i < width; ++i) to[i] = narrow(curve(wide(gate[i])).value * wide(up[i]));
  }
}

template <Curve (*curve)(float)>
RAP_INLINE void gated_backward(const Bf16* gate_up, const Bf16* dy, std::size_t rows, std::size_t width,
                               Bf16* dgate_up) {
  for (std::size_t row = 0; row < rows; ++row) {
    const Bf16* gate = gate_up + row * 2 * width;
    const Bf16* up = gate + width;
    const Bf16* from = dy + row * width;
    Bf16* dgate = dgate_up + row * 2 * width;
    Bf16* dup = dgate + width;
    for (std::size_t i = 0; i < width; ++i) {
      const Curve at = curve(wide(gate[i]));
      const float gradient = wide(from[i]);
      dgate[i] = narrow(gradient * wide(up[i]) * at.slope);
      dup[i] = narrow(gradient * at.value);
    }
  }
}

}  // namespace

RAP_EVERY_CPU
void add_rms_norm_rows(const float* x, const Bf16* added, const float* weight, float epsilon, std::size_t rows,
                       std::size_t width, float* sum, Bf16* y, float* scale) {
  for (std::size_t row = 0; row < rows; ++row) {
    const float* from = x + row * width;
    float* total_row = sum + row * width;
    if (added) {
      const Bf16* more = added + row * width;
      for (std::size_t i = 0; i < width; ++i) total_row[i] = from[i] + wide(more[i]);
    } else if (total_row != from) {
      std::copy_n(from, width, total_row);
    }
    const float squares = sum_of(width, [&](std::size_t i) { return total_row[i] * total_row[i]; });
    const float inverse = 1.0F / std::sqrt(squares / static_cast<float>(width) + epsilon);
    scale[row] = inverse;
    Bf16* to = y + row * width;
    for (std::size_t i = 0; i < width; ++i) to[i] = narrow(total_row[i] * inverse * weight[i]);
  }
}

RAP_EVERY_CPU
void add_rms_norm_rows_backward(const float* sum, const float* weight, const float* scale, const float* dsum,
                                const Bf16* dy, std::size_t rows, std::size_t width, float* dx, Bf16* dadded) {
  for (std::size_t row = 0; row < rows; ++row) {
    const float* x = sum + row * width;
    const Bf16* gradient = dy + row * width;
    const float* through = dsum ? dsum + row * width : nullptr;
    float* to = dx + row * width;
    const float inverse = scale[row];
    const float dot = sum_of(width, [&](std::size_t i) { return wide(gradient[i]) * weight[i] * x[i]; });
    const float pull = dot * inverse * inverse * inverse / static_cast<float>(width);
    if (through) {
      for (std::size_t i = 0; i < width; ++i) {
        to[i] = through[i] + inverse * wide(gradient[i]) * weight[i] - pull * x[i];
      }
    } else {
      for (std::size_t i = 0; i < width; ++i) to[i] = inverse * wide(gradient[i]) * weight[i] - pull * x[i];
    }
    if (dadded) {
      Bf16* also = dadded + row * width;
      for (std::size_t i = 0; i < width; ++i) also[i] = narrow(to[i]);
    }
  }
}

RAP_EVERY_CPU
void gated_rows(Gate gate, const Bf16* gate_up, std::size_t rows, std::size_t width, Bf16* y) {
  if (gate == Gate::kSilu) {
    gated_forward<silu>(gate_up, rows, width, y);
  } else {
    gated_forward<gelu_tanh>(gate_up, rows, width, y);
  }
}

RAP_EVERY_CPU
void gated_rows_backward(Gate gate, const Bf16* gate_up, const Bf16* dy, std::size_t rows, std::size_t width,
                         Bf16* dgate_up) {
  if (gate == Gate::kSilu) {
    gated_backward<silu>(gate_up, dy, rows, width, dgate_up);
  } else {
    gated_backward<gelu_tanh>(gate_up, dy, rows, width, dgate_up);
  }
}

RAP_EVERY_CPU
void softmax_rows(Bf16* scores, const Visible* visible, float scale, std::size_t rows, std::size_t width) {
  for (std::size_t row = 0; row < rows; ++row) {
    Bf16* at = scores + row * width;
    const auto prefix = static_cast<std::size_t>(visible[row].prefix);
    const auto begin = static_cast<std::size_t>(visible[row].begin);
    const auto end = static_cast<std::size_t>(visible[row].end);
    float best = largest(at, prefix, -std::numeric_limits<float>::max());
    best = largest(at + begin, end - begin, best);
    const auto weight = [&](std::size_t i) { return exponential(scale * (wide(at[i]) - best)); };
    const float sum = sum_of(prefix, weight) + sum_of(end - begin, [&](std::size_t i) { return weight(begin + i); });
    const float inverse = sum > 0.0F ? 1.0F / sum : 0.0F;
    for (std::size_t i = 0; i < prefix; ++i) at[i] = narrow(weight(i) * inverse);
    std::fill(at + prefix, at + begin, Bf16{0});
    for (std::size_t i = begin; i < end; ++i) at[i] = narrow(weight(i) * inverse);
    std::fill(at + end, at + width, Bf16{0});
  }
}

RAP_EVERY_CPU
void softmax_rows_backward(const Bf16* probabilities, Bf16* dprobabilities, float scale, std::size_t rows,
                           std::size_t width) {
  for (std::size_t row = 0; row < rows; ++row) {
    const Bf16* p = probabilities + row * width;
    Bf16* d = dprobabilities + row * width;
    const float dot = sum_of(width, [&](std::size_t i) { return wide(p[i]) * wide(d[i]); });
    for (std::size_t i = 0; i < width; ++i) d[i] = narrow(scale * wide(p[i]) * (wide(d[i]) - dot));
  }
}

RAP_EVERY_CPU
void rotate_row(const Bf16* from, const float* cosine, const float* sine, float sign, bool interleaved,
                std::size_t size, Bf16* to) {
  const std::size_t half = size / 2;
  if (interleaved) {
    for (std::size_t i = 0; i < half; ++i) {
      const float a = wide(from[2 * i]);
      const float b = wide(from[2 * i + 1]);
      const float turn = sign * sine[i];
      to[2 * i] = narrow(a * cosine[i] - b * turn);
      to[2 * i + 1] = narrow(a * turn + b * cosine[i]);
    }
  } else {
    for (std::size_t i = 0; i < half; ++i) {
      const float a = wide(from[i]);
      const float b = wide(from[half + i]);
      const float turn = sign * sine[i];
      to[i] = narrow(a * cosine[i] - b * turn);
      to[half + i] = narrow(a * turn + b * cosine[i]);
    }
  }
}

RAP_EVERY_CPU
double cross_entropy_rows(Bf16* logits, const std::int64_t* targets, std::size_t rows, std::size_t width) {
  double loss = 0.0;
  for (std::size_t row = 0; row < rows; ++row) {
    Bf16* at = logits + row * width;
    const auto target = static_cast<std::size_t>(targets[row]);
    const float best = largest(at, width, -std::numeric_limits<float>::max());
    const float sum = sum_of(width, [&](std::size_t i) { return exponential(wide(at[i]) - best); });
    loss += std::log(sum) - (wide(at[target]) - best);
    const float inverse = 1.0F / sum;
    const float of_target = exponential(wide(at[target]) - best) * inverse;
    for (std::size_t i = 0; i < width; ++i) at[i] = narrow(exponential(wide(at[i]) - best) * inverse);
    at[target] = narrow(of_target - 1.0F);
  }
  return loss;
}

}  // namespace rap::training
