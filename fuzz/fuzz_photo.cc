// SPDX-License-Identifier: Apache-2.0
#include <vips/vips.h>

#include "fuzz/target.h"
#include "image/photo.h"

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  std::vector<std::vector<std::uint8_t>> all;
  if (VIPS_INIT("fuzz") != 0) return all;
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 24 * 16 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(i * i));
  VipsImage* image = vips_image_new_from_memory(pixels.data(), pixels.size(), 24, 16, 3, VIPS_FORMAT_UCHAR);
  image->Type = VIPS_INTERPRETATION_sRGB;
  vips_image_set_int(image, VIPS_META_ORIENTATION, 6);
  for (const char* suffix : {".jpg", ".png", ".webp", ".gif", ".tif", ".heic"}) {
    void* buffer = nullptr;
    std::size_t size = 0;
    if (vips_image_write_to_buffer(image, suffix, &buffer, &size, nullptr) != 0) continue;
    const auto* bytes = static_cast<const std::uint8_t*>(buffer);
    all.emplace_back(bytes, bytes + size);
    g_free(buffer);
  }
  g_object_unref(image);
  return all;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rap::fuzz::require;
  const auto file = rap::fuzz::as_bytes(data, size);
  const auto image = rap::decode_photo(file, 64);
  if (!image) return 0;
  require(image->width >= 1 && image->height >= 1 && image->width <= 64 && image->height <= 64);
  require(image->rgb.size() == 3U * static_cast<std::size_t>(image->width) * static_cast<std::size_t>(image->height));
  require(rap::photo_size(file).has_value());
  return 0;
}
