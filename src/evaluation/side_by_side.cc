// SPDX-License-Identifier: Apache-2.0
#include "evaluation/side_by_side.h"

#include "evaluation/photo_set.h"
#include "image/photo.h"

namespace rap::evaluation {

Image side_by_side(const Image& left, const Image& right) {
  Image image{2 * kHalf, kHalf, std::vector<std::uint8_t>(std::size_t{3} * 2 * kHalf * kHalf)};
  paste(left, 0, 0, image);
  paste(right, kHalf, 0, image);
  return image;
}

Result<Image> side_by_side(const std::filesystem::path& left, const std::filesystem::path& right) {
  auto left_photo = read_photo(left);
  if (!left_photo) return left_photo;
  auto right_photo = read_photo(right);
  if (!right_photo) return right_photo;
  return side_by_side(resize(*left_photo, kHalf, kHalf), resize(*right_photo, kHalf, kHalf));
}

}  // namespace rap::evaluation
