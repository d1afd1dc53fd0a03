// SPDX-License-Identifier: Apache-2.0
#include "dataset/compose.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "dataset/fill.h"
#include "image/photo.h"

namespace rap::dataset {
namespace {

constexpr std::size_t kFewest = 2;
constexpr std::size_t kMost = 4;
constexpr float kPastedLeast = 0.28F;  ///< sides of a pasted picture, in sides of the canvas
constexpr float kPastedMost = 0.42F;

/// A rectangle of the canvas, in pixels.
struct Cell {
  int x, y, width, height;
};

Image canvas(int width, int height) {
  return {width, height,
          std::vector<std::uint8_t>(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height))};
}

/// Lays each picture into its cell of a canvas of width x kCompositionHeight, in order.
Composition lay_out(std::span<const Image> pictures, const std::vector<Cell>& cells, int width) {
  Composition result{canvas(width, kCompositionHeight), {}};
  const auto across = static_cast<float>(width);
  const auto down = static_cast<float>(kCompositionHeight);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const Cell& cell = cells[i];
    paste(fill(pictures[i], cell.width, cell.height), cell.x, cell.y, result.image);
    result.boxes.push_back({static_cast<float>(cell.x) / across, static_cast<float>(cell.y) / down,
                            static_cast<float>(cell.width) / across, static_cast<float>(cell.height) / down});
  }
  return result;
}

Composition in_a_row(std::span<const Image> pictures) {
  std::vector<Cell> cells;
  int right = 0;
  for (const Image& picture : pictures) {
    const float aspect = static_cast<float>(picture.width) / static_cast<float>(picture.height);
    const int width = static_cast<int>(std::lround(std::clamp(aspect, 0.4F, 2.5F) * kCompositionHeight));
    cells.push_back({right, 0, width, kCompositionHeight});
    right += width;
  }
  return lay_out(pictures, cells, right);
}

Composition in_a_grid(std::span<const Image> pictures) {
  const std::size_t rows = (pictures.size() + 1) / 2;
  const int height = kCompositionHeight / static_cast<int>(rows);
  const int width = kCompositionHeight / 2;
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const bool is_alone = i + 1 == pictures.size() && i % 2 == 0;
    cells.push_back(
        {static_cast<int>(i % 2) * width, static_cast<int>(i / 2) * height, is_alone ? 2 * width : width, height});
  }
  return lay_out(pictures, cells, kCompositionHeight);
}

Composition pasted(std::span<const Image> pictures, Random& random) {
  std::vector<Cell> cells{{0, 0, kCompositionHeight, kCompositionHeight}};
  std::vector<int> corners{0, 1, 2, 3};
  random.shuffle(corners);
  for (std::size_t i = 1; i < pictures.size(); ++i) {
    const int side = static_cast<int>(random.between(kPastedLeast, kPastedMost) * kCompositionHeight);
    const int far = kCompositionHeight - side;
    const int corner = corners[i - 1];
    cells.push_back({corner % 2 == 0 ? 0 : far, corner / 2 == 0 ? 0 : far, side, side});
  }
  return lay_out(pictures, cells, kCompositionHeight);
}

}  // namespace

Result<Composition> compose(std::span<const Image> pictures, Layout layout, Random& random) {
  if (pictures.size() < kFewest || pictures.size() > kMost) {
    return fail(ErrorCode::kInvalidArgument,
                "a composition takes 2 to 4 pictures, not " + std::to_string(pictures.size()), "pictures");
  }
  switch (layout) {
    case Layout::kRow:
      return in_a_row(pictures);
    case Layout::kGrid:
      return in_a_grid(pictures);
    case Layout::kPasted:
      return pasted(pictures, random);
  }
  return fail(ErrorCode::kInternal, "an unknown layout");
}

}  // namespace rap::dataset
