// SPDX-License-Identifier: Apache-2.0
#include "image/photo_name.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/files.h"

namespace rap {

bool has_photo_name(const std::filesystem::path& file) {
  static constexpr std::array<std::string_view, 9> kExtensions{".jpg",  ".jpeg", ".png", ".webp", ".heic",
                                                               ".heif", ".gif",  ".tif", ".tiff"};
  return std::ranges::find(kExtensions, lower_extension(file)) != kExtensions.end();
}

}  // namespace rap
