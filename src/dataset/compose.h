// SPDX-License-Identifier: Apache-2.0
// Several pictures laid into one, for conversations about several concepts.
#pragma once

#include <span>
#include <vector>

#include "core/random.h"
#include "rap/image.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap::dataset {

/// How the pictures are laid out.
enum class Layout {
  kRow,     ///< side by side, each as high as the canvas
  kGrid,    ///< two columns; an odd last picture takes the whole row
  kPasted,  ///< the first fills the canvas, the others are pasted on it at different sizes
};

/// A composed picture and where each part ended up in it, in the order they were given.
struct Composition {
  Image image;
  std::vector<Box> boxes;  ///< the visible rectangle of each part, in fractions of `image`
};

inline constexpr int kCompositionHeight = 448;

/// Lays 2 to 4 pictures into one of kCompositionHeight. In a row parts keep their aspect ratio as far
/// as it lies between 2 : 5 and 5 : 2; elsewhere they are cropped at the centre to fill their cell.
/// Pasted pictures never touch each other and lie in the corners that `random` draws; rows and grids
/// draw nothing. kInvalidArgument for any other number of pictures.
[[nodiscard]] Result<Composition> compose(std::span<const Image> pictures, Layout layout, Random& random);

}  // namespace rap::dataset
