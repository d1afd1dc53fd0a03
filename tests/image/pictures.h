// SPDX-License-Identifier: Apache-2.0
// Pictures made in code, and their files in every format, for the tests of the image room.
#pragma once

#include <gtest/gtest.h>
#include <vips/vips.h>

#include <cstdint>
#include <string>

#include "image/photo.h"

namespace rap::testing {

struct Rgb {
  int red = 0;
  int green = 0;
  int blue = 0;
};

inline Rgb pixel(const Image& image, int x, int y) {
  const std::uint8_t* at = image.rgb.data() + 3 * (y * image.width + x);
  return {at[0], at[1], at[2]};
}

/// A picture whose quarters are red, green (top), blue and white (bottom).
inline Image quarters(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool right = x >= width / 2;
      const bool bottom = y >= height / 2;
      const bool red = !right == !bottom;
      const bool green = right;
      const bool blue = bottom;
      for (const bool on : {red, green, blue}) image.rgb.push_back(on ? 255 : 0);
    }
  }
  return image;
}

inline void expect_near(const Rgb& actual, const Rgb& expected, int tolerance, const std::string& what) {
  EXPECT_NEAR(actual.red, expected.red, tolerance) << what;
  EXPECT_NEAR(actual.green, expected.green, tolerance) << what;
  EXPECT_NEAR(actual.blue, expected.blue, tolerance) << what;
}

/// Checks the centres of the four quarters.
inline void expect_quarters(const Image& image, int tolerance, const std::string& what) {
  const int left = image.width / 4, right = 3 * image.width / 4;
  const int top = image.height / 4, bottom = 3 * image.height / 4;
  expect_near(pixel(image, left, top), {255, 0, 0}, tolerance, what + ", top left");
  expect_near(pixel(image, right, top), {0, 255, 0}, tolerance, what + ", top right");
  expect_near(pixel(image, left, bottom), {0, 0, 255}, tolerance, what + ", bottom left");
  expect_near(pixel(image, right, bottom), {255, 255, 255}, tolerance, what + ", bottom right");
}

/// Owns a picture of libvips.
class Vips {
 public:
  explicit Vips(VipsImage* image) : image_(image) {}
  ~Vips() {
    if (image_ != nullptr) g_object_unref(image_);
  }
  Vips(const Vips&) = delete;
  Vips& operator=(const Vips&) = delete;

  [[nodiscard]] VipsImage* get() const { return image_; }

 private:
  VipsImage* image_;
};

/// A picture of libvips with a copy of the pixels and an EXIF orientation.
inline VipsImage* to_vips(const Image& image, int orientation = 1) {
  VipsImage* copy = vips_image_new_from_memory_copy(image.rgb.data(), image.rgb.size(), image.width, image.height, 3,
                                                    VIPS_FORMAT_UCHAR);
  copy->Type = VIPS_INTERPRETATION_sRGB;
  if (orientation != 1) vips_image_set_int(copy, VIPS_META_ORIENTATION, orientation);
  return copy;
}

/// Writes a file with the saver that fits the suffix, e.g. ".jpg[Q=90]".
inline Bytes save(VipsImage* image, const char* suffix) {
  void* buffer = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(vips_image_write_to_buffer(image, suffix, &buffer, &size, nullptr), 0) << suffix << vips_error_buffer();
  const auto* bytes = static_cast<const std::byte*>(buffer);
  Bytes file(bytes, bytes + size);
  g_free(buffer);
  return file;
}

inline Bytes save(const Image& image, const char* suffix, int orientation = 1) {
  const Vips picture(to_vips(image, orientation));
  return save(picture.get(), suffix);
}

}  // namespace rap::testing
