// SPDX-License-Identifier: Apache-2.0
// Pixels to pixels, and pixels to files.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/parallel.h"
#include "image/photo.h"
#include "image/vips.h"

namespace rap {
namespace {

constexpr std::size_t kBands = 3;

/// The input pixels that one output pixel is made of: weights of input [first, first + size).
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

/// Catmull-Rom spline, i.e. Keys' cubic convolution (1981) with a = -0.5.
double cubic(double x) {
  x = std::abs(x);
  if (x < 1.0) return (1.5 * x - 2.5) * x * x + 1.0;
  if (x < 2.0) return ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0;
  return 0.0;
}

/// Taps of every output pixel along one axis. When shrinking, the kernel is widened by the
/// factor, which is the antialiasing.
std::vector<Taps> make_taps(int input, int output) {
  const double scale = static_cast<double>(input) / output;
  const double stretch = std::max(scale, 1.0);
  const double support = 2.0 * stretch;
  std::vector<Taps> all(static_cast<std::size_t>(output));
  for (int at = 0; at < output; ++at) {
    const double centre = (at + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(std::lround(centre - support)));
    const int end = std::min(input, static_cast<int>(std::lround(centre + support)));
    std::vector<double> weights;
    double sum = 0.0;
    for (int i = first; i < end; ++i) {
      weights.push_back(cubic((i - centre + 0.5) / stretch));
      sum += weights.back();
    }
    Taps& taps = all[static_cast<std::size_t>(at)];
    taps.first = first;
    for (const double weight : weights) taps.weights.push_back(static_cast<float>(weight / sum));
  }
  return all;
}

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F)); }

/// Weighted sum of whole rows.
void blend_rows(const Image& image, const Taps& taps, std::vector<float>& row) {
  std::fill(row.begin(), row.end(), 0.0F);
  const std::size_t stride = kBands * static_cast<std::size_t>(image.width);
  const std::uint8_t* source = image.rgb.data() + static_cast<std::size_t>(taps.first) * stride;
  for (const float weight : taps.weights) {
    for (std::size_t i = 0; i < stride; ++i) row[i] += weight * static_cast<float>(source[i]);
    source += stride;
  }
}

void blend_columns(const std::vector<float>& row, const std::vector<Taps>& columns, std::uint8_t* out) {
  for (const Taps& taps : columns) {
    float sums[kBands] = {};
    const float* source = row.data() + kBands * static_cast<std::size_t>(taps.first);
    for (const float weight : taps.weights) {
      for (std::size_t band = 0; band < kBands; ++band) sums[band] += weight * source[band];
      source += kBands;
    }
    for (const float sum : sums) *out++ = to_byte(sum);
  }
}

/// A stretch of whole pixels.
struct PixelRange {
  int begin = 0;
  int end = 0;
};

/// The pixels nearest to the fractions [start, start + extent) of `size`, at least one.
PixelRange pixel_range(float start, float extent, int size) {
  const auto nearest = [size](float fraction) {
    return static_cast<int>(std::lround(std::clamp(fraction, 0.0F, 1.0F) * static_cast<float>(size)));
  };
  const int begin = std::min(nearest(start), size - 1);
  return {begin, std::max(nearest(start + extent), begin + 1)};
}

Bytes to_bytes(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  return {bytes, bytes + size};
}

/// A writer of libvips: gives a buffer to be freed by g_free, or fails.
template <class Save>
Result<Bytes> encode(const Image& image, const char* format, Save&& save) {
  if (auto started = start_vips(); !started) return Unexpected{started.error()};
  const VipsPtr pixels = borrow_pixels(image);
  void* buffer = nullptr;
  std::size_t size = 0;
  if (!pixels || save(pixels.get(), &buffer, &size) != 0) {
    return vips_failure(ErrorCode::kUnsupported, "a picture of " + std::to_string(image.width) + " x " +
                                                     std::to_string(image.height) + " pixels cannot be written as " +
                                                     format);
  }
  const std::unique_ptr<void, decltype(&g_free)> owned(buffer, &g_free);
  return to_bytes(buffer, size);
}

}  // namespace

Result<void> check_box(const Box& box) {
  // Sums of fractions may miss 1 by the rounding of floats.
  constexpr float kSlack = 1e-5F;
  const bool finite =
      std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) && std::isfinite(box.height);
  if (!finite) return fail(ErrorCode::kInvalidArgument, "the box has a number that is not finite", "box");
  if (box.width <= 0.0F || box.height <= 0.0F) {
    return fail(ErrorCode::kInvalidArgument, "the box has no area: width and height must be above 0", "box");
  }
  if (box.x < 0.0F || box.y < 0.0F || box.x + box.width > 1.0F + kSlack || box.y + box.height > 1.0F + kSlack) {
    return fail(ErrorCode::kInvalidArgument,
                "the box reaches out of the photo: its numbers are fractions of width and height from 0 to 1", "box");
  }
  return {};
}

Image crop(const Image& image, const Box& box) {
  const PixelRange columns = pixel_range(box.x, box.width, image.width);
  const PixelRange rows = pixel_range(box.y, box.height, image.height);
  Image part{columns.end - columns.begin, rows.end - rows.begin, {}};
  const std::size_t stride = kBands * static_cast<std::size_t>(part.width);
  part.rgb.resize(stride * static_cast<std::size_t>(part.height));
  for (int row = 0; row < part.height; ++row) {
    const auto from = static_cast<std::size_t>(rows.begin + row) * static_cast<std::size_t>(image.width) +
                      static_cast<std::size_t>(columns.begin);
    std::memcpy(part.rgb.data() + static_cast<std::size_t>(row) * stride, image.rgb.data() + kBands * from, stride);
  }
  return part;
}

Image resize(const Image& image, int width, int height, int threads) {
  Image resized{width, height, {}};
  const std::size_t stride = kBands * static_cast<std::size_t>(width);
  resized.rgb.resize(stride * static_cast<std::size_t>(height));
  const std::vector<Taps> columns = make_taps(image.width, width);
  const std::vector<Taps> rows = make_taps(image.height, height);
  in_parallel(rows.size(), threads, [&](std::size_t first, std::size_t last) {
    std::vector<float> row(kBands * static_cast<std::size_t>(image.width));
    for (std::size_t y = first; y < last; ++y) {
      blend_rows(image, rows[y], row);
      blend_columns(row, columns, resized.rgb.data() + y * stride);
    }
  });
  return resized;
}

void paste(const Image& picture, int x, int y, Image& onto) {
  const std::size_t stride = kBands * static_cast<std::size_t>(picture.width);
  for (int row = 0; row < picture.height; ++row) {
    const auto to =
        static_cast<std::size_t>(y + row) * static_cast<std::size_t>(onto.width) + static_cast<std::size_t>(x);
    std::memcpy(onto.rgb.data() + kBands * to, picture.rgb.data() + static_cast<std::size_t>(row) * stride, stride);
  }
}

Result<Bytes> encode_jpeg(const Image& image, int quality) {
  return encode(image, "JPEG", [quality](VipsImage* pixels, void** buffer, std::size_t* size) {
    return vips_jpegsave_buffer(pixels, buffer, size, "Q", quality, "optimize_coding", TRUE, nullptr);
  });
}

Result<Bytes> encode_png(const Image& image) {
  return encode(image, "PNG", [](VipsImage* pixels, void** buffer, std::size_t* size) {
    return vips_pngsave_buffer(pixels, buffer, size, nullptr);
  });
}

}  // namespace rap
