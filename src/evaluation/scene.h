// SPDX-License-Identifier: Apache-2.0
// Photos with several subjects: composed, as no set at hand has such photos, so that it is known where each one is.
#pragma once

#include <span>
#include <vector>

#include "core/random.h"
#include "rap/image.h"
#include "rap/types.h"

namespace rap::evaluation {

inline constexpr int kSceneWidth = 1024;  ///< in pixels
inline constexpr int kSceneHeight = 768;

/// A composed photo and where its pictures are.
struct Scene {
  Image image;
  std::vector<Box> boxes;  ///< of each picture, in the order they were given
};

/// Lays pictures in their own shapes on a background, which is cut to fill the scene. The longer side of each is
/// 30 to 60 % of the scene's height and its place any, both as `random` draws; no two overlap. Where they do not
/// fit, all shrink alike until they do. Pure.
[[nodiscard]] Scene compose_scene(const Image& background, std::span<const Image> pictures, Random& random);

/// A background of plain grey.
[[nodiscard]] Image plain_background();

}  // namespace rap::evaluation
