// SPDX-License-Identifier: Apache-2.0
// What the numbers that a detector gives mean. Pure: nothing here runs a network, and any numbers are safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// Where a photo lies in the input of a detector: scaled to fit, in the middle, in pixels of the input.
struct Letterbox {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};
[[nodiscard]] Letterbox letterbox(int photo_width, int photo_height, int input_width, int input_height);

/// One output of a detector, row-major; borrowed.
struct DetectorOutput {
  std::vector<std::size_t> shape;
  std::span<const float> values;  ///< as many as the shape says
};

struct Detection {
  Box box;
  float score = 0.0F;
  std::size_t class_index = 0;
};

/// Which of a detector's boxes count.
struct DetectionRules {
  float least_score = 0.1F;
  double max_overlap = 0.6;  ///< IoU of two boxes, whatever their classes: they are places to look at
  std::size_t most = 50;     ///< the ones with the highest scores
};

/// Reads the outputs of a detector; `class_count` is the number of its classes, 0 = not known. The layouts, told
/// apart by their shapes (N boxes, C classes, pixels of the input, scores in [0, 1]):
///
/// - [1, N, C] beside [1, N, 4]: scores, and left, top, right, bottom. In either order; YOLO-World's own export
/// - [1, N, 6]: left, top, right, bottom, score, class. End-to-end exports, e.g. YOLOv10
/// - [1, 4 + C, N] or [1, N, 4 + C]: centre x, centre y, width, height, scores. YOLOv8, YOLO-World; where C is not
///   known the longer side is N
///
/// Further outputs are let be. The class of a box is the one with the highest score among `counting` ones; empty =
/// all. Boxes come back in pixels of the input, unordered. Fails with kUnsupported for other shapes, kCorrupt for
/// numbers that are no scores or not finite.
[[nodiscard]] Result<std::vector<Detection>> read_detections(std::span<const DetectorOutput> outputs,
                                                             std::size_t class_count,
                                                             std::span<const std::size_t> counting, float least_score);

/// Boxes in parts of the photo: cut at its edges, without those outside, and without those that overlap with a box
/// of a higher score (greedy non-maximum suppression). Highest score first.
[[nodiscard]] std::vector<Detection> boxes_in_photo(std::vector<Detection> in_input, const Letterbox& photo,
                                                    const DetectionRules& rules);

}  // namespace rap
