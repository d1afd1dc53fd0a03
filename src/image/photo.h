// SPDX-License-Identifier: Apache-2.0
// Photo files to pixels and back. libvips stays behind this header. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rap/image.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// Longest side of a decoded photo. Larger photos are shrunk while they are decoded; everything
/// rap computes needs far fewer pixels.
inline constexpr int kDecodedSide = 1536;

/// Decodes a JPEG, PNG, WebP, HEIC, GIF (first frame) or TIFF file: EXIF orientation applied,
/// converted to sRGB, transparency laid on white, shrunk to `max_side` at most.
/// Fails with kInvalidArgument (empty), kTooLarge (Limits::kPhotoBytes, kPhotoPixels; checked
/// before pixels are decoded), kUnsupported (not one of the formats) or kCorrupt (truncated or
/// damaged). `field` of the error is "photo".
[[nodiscard]] Result<Image> decode_photo(std::span<const std::byte> file, int max_side = kDecodedSide);

/// Size in pixels of the oriented photo, before any shrinking.
struct PhotoSize {
  int width = 0;
  int height = 0;
};
[[nodiscard]] Result<PhotoSize> photo_size(std::span<const std::byte> file);

/// kInvalidArgument unless `box` lies inside the photo with a positive area and finite numbers.
[[nodiscard]] Result<void> check_box(const Box& box);

/// The pixels inside `box` (see check_box), at least 1 x 1.
[[nodiscard]] Image crop(const Image& image, const Box& box);

/// Resizes to exactly width x height, bicubic (Catmull-Rom, a = -0.5) with antialiasing, as
/// Pillow's BICUBIC does. Up to `threads` threads (0 = one per core) work on it.
[[nodiscard]] Image resize(const Image& image, int width, int height, int threads = 1);

/// Copies `picture` onto `onto`, its upper left corner at pixel (x, y). It must lie inside.
void paste(const Image& picture, int x, int y, Image& onto);

/// A box with a name, to be drawn.
struct Annotation {
  Box box;
  std::string label;
  bool accepted = true;  ///< accepted matches are drawn solid, near misses dashed and dimmed
};

/// A copy of `image` with boxes and labels drawn on it, each in a colour of its own.
[[nodiscard]] Result<Image> annotate(const Image& image, std::span<const Annotation> annotations);

[[nodiscard]] Result<Bytes> encode_jpeg(const Image& image, int quality = 90);
[[nodiscard]] Result<Bytes> encode_png(const Image& image);

}  // namespace rap
