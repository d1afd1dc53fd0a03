// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rap/image.h"

namespace rap::dataset {

/// `picture` at exactly width x height: what its aspect ratio has too much is cut off evenly on
/// both sides. Pure.
[[nodiscard]] Image fill(const Image& picture, int width, int height);

}  // namespace rap::dataset
