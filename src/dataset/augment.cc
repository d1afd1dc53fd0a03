// SPDX-License-Identifier: Apache-2.0
#include "dataset/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "dataset/fill.h"

namespace rap::dataset {
namespace {

constexpr float kSoftEdge = 0.08F;  ///< width of the transition to another background, in sides of the box

/// A rectangle in pixels.
struct Area {
  float left, top, right, bottom;
};

Area in_pixels(const Box& box, const Image& image) {
  const auto width = static_cast<float>(image.width);
  const auto height = static_cast<float>(image.height);
  return {box.x * width, box.y * height, (box.x + box.width) * width, (box.y + box.height) * height};
}

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F)); }

std::size_t offset_of(const Image& image, int x, int y) {
  return 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x));
}

/// 1 between `begin` and `end`, falling to 0 over `edge` on both sides.
float inside(float at, float begin, float end, float edge) {
  const float outside = std::max({begin - at, at - end, 0.0F});
  return std::max(0.0F, 1.0F - outside / edge);
}

/// The photo with what lies outside of `kept` replaced.
Image on_background(const Image& image, const Area& kept, const Image& background) {
  Image result = fill(background, image.width, image.height);
  const float edge_x = std::max(1.0F, kSoftEdge * (kept.right - kept.left));
  const float edge_y = std::max(1.0F, kSoftEdge * (kept.bottom - kept.top));
  for (int y = 0; y < image.height; ++y) {
    const float row = inside(static_cast<float>(y) + 0.5F, kept.top, kept.bottom, edge_y);
    for (int x = 0; x < image.width; ++x) {
      const float share = row * inside(static_cast<float>(x) + 0.5F, kept.left, kept.right, edge_x);
      const std::size_t at = offset_of(image, x, y);
      for (std::size_t band = at; band < at + 3; ++band) {
        const float old = static_cast<float>(image.rgb[band]);
        const float other = static_cast<float>(result.rgb[band]);
        result.rgb[band] = to_byte(other + share * (old - other));
      }
    }
  }
  return result;
}

/// `kept` with each side moved outwards by up to `margin` or inwards by up to `cut` of its length.
Area jittered(const Area& kept, const Image& image, const AugmentOptions& options, Random& random) {
  const float width = kept.right - kept.left;
  const float height = kept.bottom - kept.top;
  const auto outwards = [&] { return random.between(-options.cut, options.margin); };
  const float left = kept.left - width * outwards();
  const float top = kept.top - height * outwards();
  const float right = kept.right + width * outwards();
  const float bottom = kept.bottom + height * outwards();
  return {std::max(0.0F, left), std::max(0.0F, top), std::min(static_cast<float>(image.width), right),
          std::min(static_cast<float>(image.height), bottom)};
}

/// How the crop is looked at.
struct Turn {
  bool mirrored = false;
  float radians = 0.0F;
};

using Colour = std::array<float, 3>;

/// The colour between four pixels; beyond the edges the outermost pixels go on.
Colour sample(const Image& image, float x, float y) {
  x = std::clamp(x - 0.5F, 0.0F, static_cast<float>(image.width - 1));
  y = std::clamp(y - 0.5F, 0.0F, static_cast<float>(image.height - 1));
  const int left = static_cast<int>(x);
  const int top = static_cast<int>(y);
  const int right = std::min(left + 1, image.width - 1);
  const int bottom = std::min(top + 1, image.height - 1);
  const float across = x - static_cast<float>(left);
  const float down = y - static_cast<float>(top);
  Colour colour{};
  for (std::size_t band = 0; band < 3; ++band) {
    const auto at = [&](int column, int row) {
      return static_cast<float>(image.rgb[offset_of(image, column, row) + band]);
    };
    const float upper = at(left, top) + across * (at(right, top) - at(left, top));
    const float lower = at(left, bottom) + across * (at(right, bottom) - at(left, bottom));
    colour[band] = upper + down * (lower - upper);
  }
  return colour;
}

/// The pixels of `area`, turned about its middle; where that looks beyond the area it sees what is
/// beside it.
Image cut_out(const Image& image, const Area& area, const Turn& turn) {
  Image result;
  result.width = std::max(1, static_cast<int>(std::lround(area.right - area.left)));
  result.height = std::max(1, static_cast<int>(std::lround(area.bottom - area.top)));
  result.rgb.reserve(3 * static_cast<std::size_t>(result.width) * static_cast<std::size_t>(result.height));
  const float middle_x = (area.left + area.right) / 2;
  const float middle_y = (area.top + area.bottom) / 2;
  const float cosine = std::cos(turn.radians);
  const float sine = std::sin(turn.radians);
  for (int row = 0; row < result.height; ++row) {
    const float y = static_cast<float>(row) + 0.5F - static_cast<float>(result.height) / 2;
    for (int column = 0; column < result.width; ++column) {
      float x = static_cast<float>(column) + 0.5F - static_cast<float>(result.width) / 2;
      if (turn.mirrored) x = -x;
      const Colour colour = sample(image, middle_x + cosine * x - sine * y, middle_y + sine * x + cosine * y);
      for (const float value : colour) result.rgb.push_back(to_byte(value));
    }
  }
  return result;
}

/// Changes contrast about middle grey, then brightness and the gain of each channel.
void relight(Image& image, const AugmentOptions& options, Random& random) {
  const float contrast = 1.0F + random.between(-options.light, options.light);
  const float brightness = 1.0F + random.between(-options.light, options.light);
  Colour gains{};
  for (float& gain : gains) gain = brightness * (1.0F + random.between(-options.colour, options.colour));
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    image.rgb[i] = to_byte(gains[i % 3] * (127.5F + contrast * (static_cast<float>(image.rgb[i]) - 127.5F)));
  }
}

}  // namespace

Image augment(const Image& image, const Box& box, const Image* background, const AugmentOptions& options,
              Random& random) {
  const Area kept = in_pixels(box, image);
  const bool replaces = random.chance(options.new_background) && background != nullptr;
  const Area area = jittered(kept, image, options, random);
  const Turn turn{random.chance(options.flip),
                  random.between(-options.rotation, options.rotation) * std::numbers::pi_v<float> / 180.0F};
  Image result = cut_out(replaces ? on_background(image, kept, *background) : image, area, turn);
  relight(result, options, random);
  return result;
}

}  // namespace rap::dataset
