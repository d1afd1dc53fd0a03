// SPDX-License-Identifier: Apache-2.0
#include "image/photo.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "image/vips.h"

namespace rap {
namespace {

/// libvips takes non-const buffers and does not write to them.
void* buffer_of(std::span<const std::byte> file) { return const_cast<std::byte*>(file.data()); }

/// How a file is opened. `shrink` is a whole divisor that the format may apply while decoding.
struct LoadOptions {
  int shrink = 1;
};

/// Damage that a decoder can patch over must not pass for a photo.
constexpr VipsFailOn kFailOn = VIPS_FAIL_ON_ERROR;

VipsImage* load_jpeg(std::span<const std::byte> file, LoadOptions options) {
  VipsImage* image = nullptr;
  vips_jpegload_buffer(buffer_of(file), file.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", kFailOn,
                       "shrink", options.shrink, nullptr);
  return image;
}

VipsImage* load_png(std::span<const std::byte> file, LoadOptions) {
  VipsImage* image = nullptr;
  vips_pngload_buffer(buffer_of(file), file.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", kFailOn,
                      nullptr);
  return image;
}

VipsImage* load_webp(std::span<const std::byte> file, LoadOptions options) {
  VipsImage* image = nullptr;
  vips_webpload_buffer(buffer_of(file), file.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", kFailOn,
                       "scale", 1.0 / options.shrink, nullptr);
  return image;
}

VipsImage* load_heif(std::span<const std::byte> file, LoadOptions) {
  VipsImage* image = nullptr;
  vips_heifload_buffer(buffer_of(file), file.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", kFailOn,
                       nullptr);
  return image;
}

VipsImage* load_gif(std::span<const std::byte> file, LoadOptions) {
  VipsImage* image = nullptr;
  vips_gifload_buffer(buffer_of(file), file.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", kFailOn,
                      nullptr);
  return image;
}

VipsImage* load_tiff(std::span<const std::byte> file, LoadOptions) {
  VipsImage* image = nullptr;
  vips_tiffload_buffer(buffer_of(file), file.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", kFailOn,
                       nullptr);
  return image;
}

/// A file format: how its files begin and which one decoder reads them.
struct Format {
  const char* name;
  bool (*matches)(std::string_view begin);
  VipsImage* (*load)(std::span<const std::byte> file, LoadOptions options);
  int max_shrink;  ///< largest power of two that `load` can shrink by; 1 = cannot
};

bool is_heif(std::string_view begin) {
  static constexpr std::array<std::string_view, 7> kBrands{"heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"};
  return begin.substr(4, 4) == "ftyp" && std::ranges::find(kBrands, begin.substr(8, 4)) != kBrands.end();
}

using namespace std::string_view_literals;
constexpr std::size_t kMagicBytes = 12;
constexpr std::array<Format, 6> kFormats{{
    {"JPEG", [](std::string_view begin) { return begin.starts_with("\xFF\xD8\xFF"sv); }, load_jpeg, 8},
    {"PNG", [](std::string_view begin) { return begin.starts_with("\x89PNG\r\n\x1A\n"sv); }, load_png, 1},
    {"WebP", [](std::string_view begin) { return begin.starts_with("RIFF") && begin.substr(8, 4) == "WEBP"; },
     load_webp, 8},
    {"HEIC", is_heif, load_heif, 1},
    {"GIF", [](std::string_view begin) { return begin.starts_with("GIF87a") || begin.starts_with("GIF89a"); }, load_gif,
     1},
    {"TIFF", [](std::string_view begin) { return begin.starts_with("II*\0"sv) || begin.starts_with("MM\0*"sv); },
     load_tiff, 1},
}};

Unexpected photo_error(ErrorCode code, std::string message) { return fail(code, std::move(message), "photo"); }

const Format* find_format(std::span<const std::byte> file) {
  std::array<char, kMagicBytes> begin{};
  std::memcpy(begin.data(), file.data(), std::min(file.size(), begin.size()));
  const auto format = std::ranges::find_if(kFormats, [&](const Format& candidate) {
    return candidate.matches({begin.data(), begin.size()});
  });
  return format == kFormats.end() ? nullptr : &*format;
}

/// A file whose header has been read and found within limits; no pixels are decoded yet.
struct OpenPhoto {
  const Format* format = nullptr;
  VipsPtr image;
};

Unexpected damaged(const Format& format, std::span<const std::byte> file) {
  return vips_failure(
      ErrorCode::kCorrupt,
      "the " + std::string(format.name) + " photo of " + std::to_string(file.size()) + " bytes is truncated or damaged",
      "photo");
}

Result<OpenPhoto> open_photo(std::span<const std::byte> file) {
  if (file.empty()) return photo_error(ErrorCode::kInvalidArgument, "the photo is empty (0 bytes)");
  if (file.size() > Limits::kPhotoBytes) {
    return photo_error(ErrorCode::kTooLarge, "the photo has " + std::to_string(file.size()) + " bytes; the limit is " +
                                                 std::to_string(Limits::kPhotoBytes));
  }
  const Format* format = find_format(file);
  if (format == nullptr) {
    return photo_error(ErrorCode::kUnsupported, "the photo is not a JPEG, PNG, WebP, HEIC, GIF or TIFF file");
  }
  if (auto started = start_vips(); !started) return Unexpected{started.error()};
  VipsPtr image(format->load(file, {}));
  if (!image) return damaged(*format, file);
  const auto width = static_cast<std::size_t>(vips_image_get_width(image.get()));
  const auto height = static_cast<std::size_t>(vips_image_get_height(image.get()));
  if (width * height > Limits::kPhotoPixels) {
    return photo_error(ErrorCode::kTooLarge, "the photo has " + std::to_string(width) + " x " + std::to_string(height) +
                                                 " pixels; the limit is " + std::to_string(Limits::kPhotoPixels) +
                                                 " pixels");
  }
  return OpenPhoto{format, std::move(image)};
}

/// The largest power of two that keeps the longest side at `max_side` or more, and something of the shortest.
int shrink_while_loading(const Format& format, VipsImage* image, int max_side) {
  const int shortest = std::min(vips_image_get_width(image), vips_image_get_height(image));
  const int longest = std::max(vips_image_get_width(image), vips_image_get_height(image));
  const auto may_shrink_by = [&](int divisor) { return longest / divisor >= max_side && shortest / divisor >= 1; };
  int shrink = 1;
  while (shrink < format.max_shrink && may_shrink_by(2 * shrink)) shrink *= 2;
  return shrink;
}

double white_of(VipsInterpretation interpretation) {
  switch (interpretation) {
    case VIPS_INTERPRETATION_RGB16:
    case VIPS_INTERPRETATION_GREY16:
      return 65535.0;
    case VIPS_INTERPRETATION_CMYK:
      return 0.0;
    case VIPS_INTERPRETATION_scRGB:
      return 1.0;
    default:
      return 255.0;
  }
}

/// Lays transparent pictures on white. Takes the place of `image`; false on failure.
bool flatten(VipsPtr& image) {
  if (vips_image_hasalpha(image.get()) == 0) return true;
  const VipsInterpretation interpretation = vips_image_get_interpretation(image.get());
  const double white = white_of(interpretation);
  const double opaque = white == 0.0 ? 255.0 : white;
  const std::unique_ptr<VipsArrayDouble, void (*)(VipsArrayDouble*)> background(
      vips_array_double_newv(1, white), [](VipsArrayDouble* area) { vips_area_unref(VIPS_AREA(area)); });
  VipsImage* flat = nullptr;
  if (vips_flatten(image.get(), &flat, "background", background.get(), "max_alpha", opaque, nullptr) != 0) return false;
  image.reset(flat);
  return true;
}

bool shrink_to(VipsPtr& image, int max_side) {
  const int longest = std::max(vips_image_get_width(image.get()), vips_image_get_height(image.get()));
  if (longest <= max_side) return true;
  const double scale = static_cast<double>(max_side) / longest;
  VipsImage* smaller = nullptr;
  if (vips_resize(image.get(), &smaller, scale, nullptr) != 0) return false;
  image.reset(smaller);
  return true;
}

/// Converts through the embedded colour profile; false if there is none or it cannot be used.
bool apply_profile(VipsPtr& image) {
  if (vips_image_get_typeof(image.get(), VIPS_META_ICC_NAME) == 0) return false;
  VipsImage* converted = nullptr;
  if (vips_icc_transform(image.get(), &converted, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE, nullptr) !=
      0) {
    vips_error_clear();
    return false;
  }
  image.reset(converted);
  return true;
}

/// Converts to 8-bit sRGB with three bands.
bool to_srgb(VipsPtr& image) {
  if (!apply_profile(image)) {
    VipsImage* converted = nullptr;
    if (vips_colourspace(image.get(), &converted, VIPS_INTERPRETATION_sRGB, nullptr) != 0) return false;
    image.reset(converted);
  }
  if (vips_image_get_bands(image.get()) > 3) {
    VipsImage* bands = nullptr;
    if (vips_extract_band(image.get(), &bands, 0, "n", 3, nullptr) != 0) return false;
    image.reset(bands);
  }
  VipsImage* bytes = nullptr;
  if (vips_cast_uchar(image.get(), &bytes, nullptr) != 0) return false;
  image.reset(bytes);
  return vips_image_get_bands(image.get()) == 3;
}

/// Turns the picture as its EXIF orientation says. The pixels are evaluated first, because a
/// turn reads them in another order than a file gives them.
bool orient(VipsPtr& image) {
  if (vips_image_get_orientation(image.get()) == 1) return true;
  VipsPtr evaluated(vips_image_copy_memory(image.get()));
  if (!evaluated) return false;
  VipsImage* turned = nullptr;
  if (vips_autorot(evaluated.get(), &turned, nullptr) != 0) return false;
  image.reset(turned);
  return true;
}

}  // namespace

Result<Image> decode_photo(std::span<const std::byte> file, int max_side) {
  if (max_side < 1) return fail(ErrorCode::kInvalidArgument, "the longest side must be at least 1 pixel", "max_side");
  auto photo = open_photo(file);
  if (!photo) return Unexpected{photo.error()};
  const Format& format = *photo->format;
  VipsPtr image = std::move(photo->image);
  if (const int shrink = shrink_while_loading(format, image.get(), max_side); shrink > 1) {
    image.reset(format.load(file, {shrink}));
    if (!image) return damaged(format, file);
  }
  if (!flatten(image) || !shrink_to(image, max_side)) return damaged(format, file);
  if (!to_srgb(image)) {
    return vips_failure(ErrorCode::kUnsupported,
                        "the colours of the " + std::string(format.name) + " photo cannot be converted to sRGB",
                        "photo");
  }
  Image decoded;
  if (!orient(image) || !copy_pixels(image.get(), decoded)) return damaged(format, file);
  return decoded;
}

Result<PhotoSize> photo_size(std::span<const std::byte> file) {
  auto photo = open_photo(file);
  if (!photo) return Unexpected{photo.error()};
  VipsImage* image = photo->image.get();
  PhotoSize size{vips_image_get_width(image), vips_image_get_height(image)};
  if (vips_image_get_orientation_swap(image)) std::swap(size.width, size.height);
  return size;
}

}  // namespace rap
