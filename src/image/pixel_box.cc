// SPDX-License-Identifier: Apache-2.0
#include "image/pixel_box.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "image/photo.h"

namespace rap {

std::optional<PixelBox> parse_pixel_box(std::string_view text) {
  std::array<double, 4> numbers{};
  const char* next = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && (next == end || *next++ != ',')) return std::nullopt;
    const auto [after, error] = std::from_chars(next, end, numbers[i]);
    if (error != std::errc() || !std::isfinite(numbers[i])) return std::nullopt;
    next = after;
  }
  if (next != end) return std::nullopt;
  return PixelBox{numbers[0], numbers[1], numbers[2], numbers[3]};
}

Result<Box> box_in_photo(const PixelBox& box, std::span<const std::byte> photo) {
  const auto size = photo_size(photo);
  if (!size) return Unexpected{size.error()};
  // Written so that what is not a number is not inside.
  const bool inside = box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0 && box.x + box.width <= size->width &&
                      box.y + box.height <= size->height;
  if (!inside) {
    return fail(ErrorCode::kInvalidArgument,
                "the box does not lie inside its photo of " + std::to_string(size->width) + " x " +
                    std::to_string(size->height) + " pixels",
                "box");
  }
  Box fractions;
  fractions.x = static_cast<float>(box.x / size->width);
  fractions.y = static_cast<float>(box.y / size->height);
  // Rounding to float must not push the far edges out of the photo.
  fractions.width = std::min(static_cast<float>(box.width / size->width), 1.0F - fractions.x);
  fractions.height = std::min(static_cast<float>(box.height / size->height), 1.0F - fractions.y);
  return fractions;
}

}  // namespace rap
