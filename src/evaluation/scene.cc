// SPDX-License-Identifier: Apache-2.0
#include "evaluation/scene.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "dataset/fill.h"
#include "image/photo.h"

namespace rap::evaluation {
namespace {

constexpr float kLeastSide = 0.3F;  ///< longer side of a picture, in heights of the scene
constexpr float kMostSide = 0.6F;
constexpr int kTries = 20;  ///< random layouts of one size, before all pictures shrink
constexpr float kShrink = 0.95F;
constexpr std::uint8_t kGrey = 128;

/// A rectangle of the scene, in pixels.
struct Place {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  [[nodiscard]] bool overlaps(const Place& other) const {
    return x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height;
  }
};

/// `picture` in its own shape, its longer side `side` pixels.
Place size_of(const Image& picture, float side) {
  const float scale = side / static_cast<float>(std::max(picture.width, picture.height));
  const auto scaled = [scale](int pixels) {
    return std::max(1, static_cast<int>(std::lround(scale * static_cast<float>(pixels))));
  };
  return {.width = scaled(picture.width), .height = scaled(picture.height)};
}

/// Moves rectangles to random places. False if two overlap there.
bool scatter(std::vector<Place>& places, Random& random) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    Place& place = places[i];
    place.x = static_cast<int>(random.below(static_cast<std::size_t>(kSceneWidth - place.width) + 1));
    place.y = static_cast<int>(random.below(static_cast<std::size_t>(kSceneHeight - place.height) + 1));
    const auto end = places.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::any_of(places.begin(), end, [&](const Place& other) { return place.overlaps(other); })) return false;
  }
  return true;
}

std::vector<Place> find_places(std::span<const Image> pictures, Random& random) {
  std::vector<float> sides;
  for (std::size_t i = 0; i < pictures.size(); ++i)
    sides.push_back(kSceneHeight * random.between(kLeastSide, kMostSide));
  while (true) {
    std::vector<Place> places;
    for (std::size_t i = 0; i < pictures.size(); ++i) places.push_back(size_of(pictures[i], sides[i]));
    for (int attempt = 0; attempt < kTries; ++attempt) {
      if (scatter(places, random)) return places;
    }
    for (float& side : sides) side *= kShrink;
  }
}

Box to_box(const Place& place) {
  constexpr auto kAcross = static_cast<float>(kSceneWidth);
  constexpr auto kDown = static_cast<float>(kSceneHeight);
  return {static_cast<float>(place.x) / kAcross, static_cast<float>(place.y) / kDown,
          static_cast<float>(place.width) / kAcross, static_cast<float>(place.height) / kDown};
}

}  // namespace

Scene compose_scene(const Image& background, std::span<const Image> pictures, Random& random) {
  Scene scene{.image = dataset::fill(background, kSceneWidth, kSceneHeight), .boxes = {}};
  const std::vector<Place> places = find_places(pictures, random);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const Place& place = places[i];
    paste(resize(pictures[i], place.width, place.height), place.x, place.y, scene.image);
    scene.boxes.push_back(to_box(place));
  }
  return scene;
}

Image plain_background() {
  return {kSceneWidth, kSceneHeight, std::vector<std::uint8_t>(std::size_t{3} * kSceneWidth * kSceneHeight, kGrey)};
}

}  // namespace rap::evaluation
