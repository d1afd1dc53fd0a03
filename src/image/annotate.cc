// SPDX-License-Identifier: Apache-2.0
// Draws boxes and names. libvips (Pango) renders the text; the rest is plain pixel work.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "core/text.h"
#include "image/photo.h"
#include "image/vips.h"

namespace rap {
namespace {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

/// Pixels [left, right) x [top, bottom).
struct Area {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;

  [[nodiscard]] int width() const { return right - left; }
  [[nodiscard]] int height() const { return bottom - top; }
};

/// Sizes that grow with the picture, in pixels.
struct Pen {
  int frame = 3;    ///< thickness of a frame
  int font = 16;    ///< size of the letters
  int padding = 4;  ///< around a label's text
  int dash = 12;    ///< length of a dash and of the gap after it
};

/// How opaque a frame and its label are drawn.
constexpr float kSolid = 1.0F;
constexpr float kDimmed = 0.55F;

Pen pen_for(const Image& image) {
  const int longest = std::max(image.width, image.height);
  Pen pen;
  pen.frame = std::max(3, longest / 256);
  pen.font = std::max(12, longest / 40);
  pen.padding = std::max(2, pen.font / 4);
  pen.dash = 4 * pen.frame;
  return pen;
}

/// Hues a golden angle apart: any number of annotations have colours of their own.
Colour colour_of(std::size_t index) {
  constexpr double kGoldenAngle = 0.381966;
  constexpr double kFirstHue = 0.95;
  const double hue = 6.0 * std::fmod(kFirstHue + kGoldenAngle * static_cast<double>(index), 1.0);
  const auto channel = [hue](double shift) {
    const double distance = std::abs(std::fmod(hue + shift, 6.0) - 3.0);
    return static_cast<std::uint8_t>(std::lround(235.0 * std::clamp(distance - 0.8, 0.08, 1.0)));
  };
  return {channel(0.0), channel(4.0), channel(2.0)};
}

/// Black or white, whichever is easier to read on `background` (luma of ITU-R BT.601).
Colour readable_on(Colour background) {
  const double luma = 0.299 * background.red + 0.587 * background.green + 0.114 * background.blue;
  return luma > 140.0 ? Colour{0, 0, 0} : Colour{255, 255, 255};
}

void mix(std::uint8_t& pixel, std::uint8_t ink, float opacity) {
  const float mixed = static_cast<float>(pixel) + (static_cast<float>(ink) - static_cast<float>(pixel)) * opacity;
  pixel = static_cast<std::uint8_t>(std::lround(mixed));
}

void paint(Image& image, int x, int y, Colour colour, float opacity) {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
  const auto at =
      3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x));
  mix(image.rgb[at], colour.red, opacity);
  mix(image.rgb[at + 1], colour.green, opacity);
  mix(image.rgb[at + 2], colour.blue, opacity);
}

void fill(Image& image, const Area& area, Colour colour, float opacity) {
  for (int y = area.top; y < area.bottom; ++y) {
    for (int x = area.left; x < area.right; ++x) paint(image, x, y, colour, opacity);
  }
}

/// A frame inside `area`; dashed if `dash` is not 0.
void draw_frame(Image& image, const Area& area, const Pen& pen, Colour colour, const Annotation& annotation) {
  const float opacity = annotation.accepted ? kSolid : kDimmed;
  for (int y = area.top; y < area.bottom; ++y) {
    for (int x = area.left; x < area.right; ++x) {
      const bool on_side = x < area.left + pen.frame || x >= area.right - pen.frame;
      const bool on_edge = y < area.top + pen.frame || y >= area.bottom - pen.frame;
      if (!on_side && !on_edge) continue;
      const int along = on_edge ? x - area.left : y - area.top;
      if (!annotation.accepted && (along / pen.dash) % 2 == 1) continue;
      paint(image, x, y, colour, opacity);
    }
  }
}

Area area_of(const Box& box, const Image& image) {
  const auto pixel = [](float fraction, int size) {
    return static_cast<int>(std::lround(std::clamp(fraction, 0.0F, 1.0F) * static_cast<float>(size)));
  };
  Area area{pixel(box.x, image.width), pixel(box.y, image.height), pixel(box.x + box.width, image.width),
            pixel(box.y + box.height, image.height)};
  area.right = std::max(area.right, area.left + 1);
  area.bottom = std::max(area.bottom, area.top + 1);
  return area;
}

/// A text as Pango may render it: valid UTF-8 on one line, with markup characters escaped.
std::string to_markup(std::string_view text) {
  const std::unique_ptr<gchar, decltype(&g_free)> valid(
      g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())), &g_free);
  std::string line = valid.get();
  for (char& character : line) {
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7F) character = ' ';
  }
  const std::unique_ptr<gchar, decltype(&g_free)> escaped(
      g_markup_escape_text(line.data(), static_cast<gssize>(line.size())), &g_free);
  return escaped.get();
}

/// Coverage of each pixel by ink, 0..255; empty if there is nothing to draw.
struct TextMask {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> ink;
};

TextMask render(std::string_view text, int font_size) {
  constexpr int kDotsPerInch = 72;  // one point is one pixel
  TextMask mask;
  const std::string markup = to_markup(text);
  const std::string font = "DejaVu Sans Bold " + std::to_string(font_size);
  VipsImage* rendered = nullptr;
  if (vips_text(&rendered, markup.c_str(), "font", font.c_str(), "dpi", kDotsPerInch, nullptr) != 0) {
    vips_error_clear();  // a text without ink
    return mask;
  }
  const VipsPtr owned(rendered);
  std::size_t size = 0;
  const std::unique_ptr<void, decltype(&g_free)> pixels(vips_image_write_to_memory(rendered, &size), &g_free);
  if (!pixels) return mask;
  const auto* bytes = static_cast<const std::uint8_t*>(pixels.get());
  mask.width = vips_image_get_width(rendered);
  mask.height = vips_image_get_height(rendered);
  mask.ink.assign(bytes, bytes + size);
  return mask;
}

/// The first `count` characters, with an ellipsis.
std::string shortened(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  while (end < text.size() && count > 0) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    --count;
  }
  return std::string(text.substr(0, end)) + "\u2026";
}

/// The label's text, shortened until it is no wider than `max_width`; empty if nothing fits.
TextMask render_within(std::string_view text, int font_size, int max_width) {
  TextMask mask = render(text, font_size);
  std::size_t characters = count_characters(text).value_or(0);
  while (mask.width > max_width && characters > 0) {
    const auto fitting =
        characters * static_cast<std::size_t>(std::max(max_width, 0)) / static_cast<std::size_t>(mask.width);
    characters = std::min(characters - 1, fitting);
    mask = characters == 0 ? TextMask{} : render(shortened(text, characters), font_size);
  }
  return mask.width > max_width ? TextMask{} : mask;
}

bool overlap(const Area& a, const Area& b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/// Where a label of the given size goes: above its box, else inside it, else below; always
/// inside the picture and, if it can be, clear of the labels placed before.
std::optional<Area> place_label(const Image& image, const Area& box, int width, int height,
                                const std::vector<Area>& taken) {
  if (width > image.width || height > image.height) return std::nullopt;
  const int left = std::clamp(box.left, 0, image.width - width);
  std::optional<Area> fallback;
  for (const int wanted : {box.top - height, box.top, box.bottom - height, box.bottom}) {
    if (wanted < 0 || wanted + height > image.height) continue;
    const Area area{left, wanted, left + width, wanted + height};
    const bool is_free = std::ranges::none_of(taken, [&](const Area& other) { return overlap(area, other); });
    if (is_free) return area;
    if (!fallback) fallback = area;
  }
  if (fallback) return fallback;
  const int top = std::clamp(box.top, 0, image.height - height);
  return Area{left, top, left + width, top + height};
}

void draw_label(Image& image, const Area& area, const TextMask& text, const Pen& pen, Colour colour, float opacity) {
  fill(image, area, colour, opacity);
  const Colour ink = readable_on(colour);
  for (int y = 0; y < text.height; ++y) {
    for (int x = 0; x < text.width; ++x) {
      const auto coverage =
          text.ink[static_cast<std::size_t>(y) * static_cast<std::size_t>(text.width) + static_cast<std::size_t>(x)];
      paint(image, area.left + pen.padding + x, area.top + pen.padding + y, ink, static_cast<float>(coverage) / 255.0F);
    }
  }
}

}  // namespace

Result<Image> annotate(const Image& image, std::span<const Annotation> annotations) {
  if (auto started = start_vips(); !started) return Unexpected{started.error()};
  for (const Annotation& annotation : annotations) {
    if (auto checked = check_box(annotation.box); !checked) return Unexpected{checked.error()};
  }
  Image drawn = image;
  const Pen pen = pen_for(image);
  for (std::size_t i = 0; i < annotations.size(); ++i) {
    draw_frame(drawn, area_of(annotations[i].box, image), pen, colour_of(i), annotations[i]);
  }
  std::vector<Area> taken;
  for (std::size_t i = 0; i < annotations.size(); ++i) {
    const TextMask text = render_within(annotations[i].label, pen.font, image.width - 2 * pen.padding);
    if (text.ink.empty()) continue;
    const auto area = place_label(image, area_of(annotations[i].box, image), text.width + 2 * pen.padding,
                                  text.height + 2 * pen.padding, taken);
    if (!area) continue;
    draw_label(drawn, *area, text, pen, colour_of(i), annotations[i].accepted ? kSolid : kDimmed);
    taken.push_back(*area);
  }
  return drawn;
}

}  // namespace rap
