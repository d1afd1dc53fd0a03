// SPDX-License-Identifier: Apache-2.0
#include "retrieval/similarity.h"

#include <cstring>

namespace rap {
namespace {

/// `Count` floats as one vector; read from memory of any alignment.
template <std::size_t Count>
struct Lanes {
  using Type [[gnu::vector_size(Count * sizeof(float)), gnu::aligned(sizeof(float)), gnu::may_alias]] = float;
};

/// Shape of a tile: the dot products of Regions x Views rows are summed at once, Lanes dimensions
/// a step, in Regions * Views registers. That many sums hide the latency of their additions, and
/// every value that is loaded is used several times.
template <std::size_t LanesOfRegister, std::size_t RegionRows, std::size_t ViewRows>
struct TileShape {
  static constexpr std::size_t kLanes = LanesOfRegister;
  static constexpr std::size_t kRegions = RegionRows;
  static constexpr std::size_t kViews = ViewRows;
};

template <class Vector>
[[gnu::always_inline]] inline float sum_lanes(const Vector& vector) {
  using Quad = typename Lanes<4>::Type;
  constexpr std::size_t kQuads = sizeof(Vector) / (4 * sizeof(float));
  Quad quads[kQuads];
  std::memcpy(quads, &vector, sizeof(Vector));
  for (std::size_t i = 1; i < kQuads; ++i) quads[0] += quads[i];
  return (quads[0][0] + quads[0][1]) + (quads[0][2] + quads[0][3]);
}

/// Scores rows [region, region + kRegions) against rows [view, view + kViews).
template <class Shape>
[[gnu::always_inline]] inline void score_tile(const Embeddings& regions, std::size_t region, const Embeddings& views,
                                              std::size_t view, std::span<float> scores) {
  using Vector = typename Lanes<Shape::kLanes>::Type;
  const std::size_t dimensions = views.dimensions;
  const float* const a = regions.row(region);
  const float* const b = views.row(view);
  Vector sums[Shape::kRegions][Shape::kViews] = {};
  std::size_t i = 0;
  for (; i + Shape::kLanes <= dimensions; i += Shape::kLanes) {
    Vector of_views[Shape::kViews];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < Shape::kViews; ++v) {
      of_views[v] = *reinterpret_cast<const Vector*>(b + v * dimensions + i);
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < Shape::kRegions; ++r) {
      const Vector of_region = *reinterpret_cast<const Vector*>(a + r * dimensions + i);
#pragma GCC unroll 8
      for (std::size_t v = 0; v < Shape::kViews; ++v) sums[r][v] += of_region * of_views[v];
    }
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < Shape::kRegions; ++r) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < Shape::kViews; ++v) {
      float total = sum_lanes(sums[r][v]);
      for (std::size_t rest = i; rest < dimensions; ++rest)
        total += a[r * dimensions + rest] * b[v * dimensions + rest];
      scores[(region + r) * views.rows + view + v] = total;
    }
  }
}

/// All regions against kViews views, which stay in the first-level cache meanwhile; the regions
/// stay in the second, so the matrix of views, by far the larger one, is read from memory once.
template <class Shape>
[[gnu::always_inline]] inline void score_views(const Embeddings& regions, const Embeddings& views, std::size_t view,
                                               std::span<float> scores) {
  using OneRegion = TileShape<Shape::kLanes, 1, Shape::kViews>;
  std::size_t region = 0;
  for (; region + Shape::kRegions <= regions.rows; region += Shape::kRegions) {
    score_tile<Shape>(regions, region, views, view, scores);
  }
  for (; region < regions.rows; ++region) score_tile<OneRegion>(regions, region, views, view, scores);
}

template <class Shape>
[[gnu::always_inline]] inline void score_all(const Embeddings& regions, const Embeddings& views,
                                             std::span<float> scores) {
  using OneView = TileShape<Shape::kLanes, Shape::kRegions, 1>;
  std::size_t view = 0;
  for (; view + Shape::kViews <= views.rows; view += Shape::kViews) score_views<Shape>(regions, views, view, scores);
  for (; view < views.rows; ++view) score_views<OneView>(regions, views, view, scores);
}

// The same code, compiled once for each instruction set with the tile that fills its registers:
// 16 of 4 or 8 floats, 32 of 16 floats.
void score_portable(const Embeddings& regions, const Embeddings& views, std::span<float> scores) {
  score_all<TileShape<4, 3, 4>>(regions, views, scores);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void score_avx2(const Embeddings& regions, const Embeddings& views,
                                            std::span<float> scores) {
  score_all<TileShape<8, 3, 4>>(regions, views, scores);
}

[[gnu::target("avx512f,avx2,fma,prefer-vector-width=512")]] void score_avx512(const Embeddings& regions,
                                                                              const Embeddings& views,
                                                                              std::span<float> scores) {
  score_all<TileShape<16, 6, 4>>(regions, views, scores);
}
#endif

using Kernel = void (*)(const Embeddings&, const Embeddings&, std::span<float>);

Kernel best_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return score_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return score_avx2;
#endif
  return score_portable;
}

}  // namespace

void dot_products(const Embeddings& regions, const Embeddings& views, std::span<float> scores) {
  static const Kernel kBestKernel = best_kernel();
  kBestKernel(regions, views, scores);
}

}  // namespace rap
