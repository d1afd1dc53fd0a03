// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// A rectangle in pixels of an oriented photo.
struct PixelBox {
  double x = 0.0;
  double y = 0.0;
  double width = 0.0;
  double height = 0.0;
};

/// Reads "x,y,width,height"; none if that is not what it is.
[[nodiscard]] std::optional<PixelBox> parse_pixel_box(std::string_view text);

/// The box in fractions of the photo, whose file is `photo`. kInvalidArgument, field "box", unless it lies inside;
/// fails like photo_size().
[[nodiscard]] Result<Box> box_in_photo(const PixelBox& box, std::span<const std::byte> photo);

}  // namespace rap
