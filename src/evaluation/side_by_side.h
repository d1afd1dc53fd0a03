// SPDX-License-Identifier: Apache-2.0
// Two photos in one picture, for questions about both.
#pragma once

#include <filesystem>

#include "rap/image.h"
#include "rap/result.h"

namespace rap::evaluation {

/// Two pictures of kHalf x kHalf pixels, side by side.
inline constexpr int kHalf = 640;
[[nodiscard]] Image side_by_side(const Image& left, const Image& right);

/// Two photo files, each squeezed to a square, side by side. Fails like read_photo().
[[nodiscard]] Result<Image> side_by_side(const std::filesystem::path& left, const std::filesystem::path& right);

}  // namespace rap::evaluation
