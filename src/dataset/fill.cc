// SPDX-License-Identifier: Apache-2.0
#include "dataset/fill.h"

#include <algorithm>

#include "image/photo.h"

namespace rap::dataset {

Image fill(const Image& picture, int width, int height) {
  const float wanted = static_cast<float>(width) / static_cast<float>(height);
  const float given = static_cast<float>(picture.width) / static_cast<float>(picture.height);
  const float kept_width = std::min(1.0F, wanted / given);
  const float kept_height = std::min(1.0F, given / wanted);
  const Box centre{(1.0F - kept_width) / 2, (1.0F - kept_height) / 2, kept_width, kept_height};
  return resize(crop(picture, centre), width, height);
}

}  // namespace rap::dataset
