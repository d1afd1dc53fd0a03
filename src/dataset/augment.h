// SPDX-License-Identifier: Apache-2.0
// Other views of a thing, made from one photo of it. Pure functions of pixels and a seed.
#pragma once

#include "core/random.h"
#include "rap/image.h"
#include "rap/types.h"

namespace rap::dataset {

/// What augment() may do. Each change is drawn on its own; 0 turns it off.
struct AugmentOptions {
  float margin = 0.25F;         ///< background kept around the box: up to this share of its sides
  float cut = 0.12F;            ///< the crop may lose up to this share of the box's sides
  float flip = 0.5F;            ///< probability of mirroring left and right
  float rotation = 8.0F;        ///< greatest angle in degrees, either way
  float light = 0.2F;           ///< greatest change of brightness and of contrast, as a share
  float colour = 0.12F;         ///< greatest change of each colour channel's gain, as a share
  float new_background = 0.5F;  ///< probability of another background, where one is given
};

/// Another view of what `box` shows: its surroundings may be replaced by pixels of `background`
/// (with soft edges; null = keep them), then it is cropped, mirrored, turned a little and lit
/// differently, all drawn from `random`. At most `image`'s size, at least 1 x 1. The same arguments
/// give the same pixels on every machine that rounds floats alike.
[[nodiscard]] Image augment(const Image& image, const Box& box, const Image* background, const AugmentOptions& options,
                            Random& random);

}  // namespace rap::dataset
