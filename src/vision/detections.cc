// SPDX-License-Identifier: Apache-2.0
#include "vision/detections.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "core/box_overlap.h"

namespace rap {
namespace {

constexpr std::size_t kCorners = 4;
constexpr std::size_t kEndToEnd = 6;        ///< numbers of a box that has one score and one class
constexpr float kRounding = 1e-3F;          ///< by which a score may leave [0, 1]
constexpr std::size_t kMaxBoxes = 1 << 20;  ///< more are no detector's

/// Numbers of one box are `step` apart, those of neighbouring boxes `stride`.
struct Table {
  const float* values = nullptr;
  std::size_t boxes = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;
  std::size_t step = 0;

  [[nodiscard]] float at(std::size_t box, std::size_t column) const { return values[box * stride + column * step]; }
};

Table by_rows(const DetectorOutput& output) {
  return {output.values.data(), output.shape[1], output.shape[2], output.shape[2], 1};
}

Table by_columns(const DetectorOutput& output) {
  return {output.values.data(), output.shape[2], output.shape[1], 1, output.shape[2]};
}

/// The columns of a table from `first` on.
Table columns_from(const Table& table, std::size_t first) {
  return {table.values + first * table.step, table.boxes, table.columns - first, table.stride, table.step};
}

/// Where boxes and scores are found.
struct Layout {
  Table boxes;
  Table scores;
  bool are_corners = true;      ///< else centre and size
  bool are_end_to_end = false;  ///< one score, then the class
};

bool is_table(const DetectorOutput& output) {
  return output.shape.size() == 3 && output.shape[0] == 1 && output.shape[1] > 0 && output.shape[2] > 0 &&
         output.shape[1] <= kMaxBoxes && output.shape[2] <= kMaxBoxes &&
         output.values.size() == output.shape[1] * output.shape[2];
}

std::string shape_text(std::span<const DetectorOutput> outputs) {
  std::string text;
  for (const DetectorOutput& output : outputs) {
    text += text.empty() ? "[" : " and [";
    for (std::size_t i = 0; i < output.shape.size(); ++i) {
      text += (i == 0 ? "" : ", ") + std::to_string(output.shape[i]);
    }
    text += "]";
  }
  return text.empty() ? "nothing" : text;
}

std::optional<Layout> two_tables(std::span<const DetectorOutput> outputs, std::size_t class_count) {
  if (outputs.size() < 2 || !is_table(outputs[0]) || !is_table(outputs[1])) return std::nullopt;
  const auto fits = [&](const Table& boxes, const Table& scores) {
    return boxes.columns == kCorners && boxes.boxes == scores.boxes &&
           (class_count == 0 || scores.columns == class_count);
  };
  const Table first = by_rows(outputs[0]);
  const Table second = by_rows(outputs[1]);
  // Of four classes both have four columns: boxes come first then.
  if (fits(first, second)) return Layout{first, second};
  if (fits(second, first)) return Layout{second, first};
  return std::nullopt;
}

std::optional<Layout> one_table(const DetectorOutput& output, std::size_t class_count) {
  if (!is_table(output)) return std::nullopt;
  const std::size_t columns = kCorners + class_count;
  if (output.shape[2] == kEndToEnd && !(class_count > 0 && output.shape[1] == columns)) {
    const Table table = by_rows(output);
    return Layout{table, columns_from(table, kCorners), true, true};
  }
  const bool is_transposed =
      class_count > 0 ? output.shape[1] != columns && output.shape[2] == columns : output.shape[2] < output.shape[1];
  const Table table = is_transposed ? by_rows(output) : by_columns(output);
  if (class_count > 0 ? table.columns != columns : table.columns <= kCorners) return std::nullopt;
  return Layout{table, columns_from(table, kCorners), false, false};
}

Result<Layout> layout_of(std::span<const DetectorOutput> outputs, std::size_t class_count) {
  if (const auto layout = two_tables(outputs, class_count)) return *layout;
  if (const auto layout = outputs.empty() ? std::nullopt : one_table(outputs.front(), class_count)) return *layout;
  const std::string classes = class_count > 0 ? " of " + std::to_string(class_count) + " classes" : "";
  return fail(ErrorCode::kUnsupported,
              "the detector gives " + shape_text(outputs) + ", which are no boxes and scores" + classes +
                  " that rap can read: [1, 4 + classes, boxes], its transpose, [1, boxes, 6], or [1, boxes, 4] beside "
                  "[1, boxes, classes]",
              "detector");
}

/// The class of a box that has the highest score; false if a number is no score.
bool best_class(const Layout& layout, std::size_t box, std::span<const std::size_t> classes, Detection& best) {
  const auto offer = [&](std::size_t index, float score) {
    if (score > best.score) {
      best.score = score;
      best.class_index = index;
    }
    return score >= -kRounding && score <= 1.0F + kRounding;  // false for NaN
  };
  if (layout.are_end_to_end) {
    const float index = layout.scores.at(box, 1);
    if (!(index >= 0.0F && index < static_cast<float>(kMaxBoxes))) return false;
    const auto whole = static_cast<std::size_t>(index);
    const bool counts = classes.empty() || std::find(classes.begin(), classes.end(), whole) != classes.end();
    return offer(whole, counts ? layout.scores.at(box, 0) : 0.0F);
  }
  bool all_scores = true;
  if (classes.empty()) {
    for (std::size_t i = 0; i < layout.scores.columns; ++i) all_scores &= offer(i, layout.scores.at(box, i));
  }
  for (const std::size_t i : classes) {
    if (i < layout.scores.columns) all_scores &= offer(i, layout.scores.at(box, i));
  }
  return all_scores;
}

std::optional<Box> box_at(const Layout& layout, std::size_t index) {
  const float a = layout.boxes.at(index, 0);
  const float b = layout.boxes.at(index, 1);
  const float c = layout.boxes.at(index, 2);
  const float d = layout.boxes.at(index, 3);
  if (!std::isfinite(a) || !std::isfinite(b) || !std::isfinite(c) || !std::isfinite(d)) return std::nullopt;
  return layout.are_corners ? Box{a, b, c - a, d - b} : Box{a - c / 2, b - d / 2, c, d};
}

/// The part of a stretch that lies in [0, length], in parts of it.
void cut(float& start, float& extent, float length) {
  const float begin = std::clamp(start / length, 0.0F, 1.0F);
  const float end = std::clamp((start + extent) / length, 0.0F, 1.0F);
  start = begin;
  extent = end - begin;
}

}  // namespace

Letterbox letterbox(int photo_width, int photo_height, int input_width, int input_height) {
  const double scale =
      std::min(static_cast<double>(input_width) / photo_width, static_cast<double>(input_height) / photo_height);
  const auto scaled = [scale](int side, int most) {
    return std::clamp(static_cast<int>(std::lround(side * scale)), 1, most);
  };
  const int width = scaled(photo_width, input_width);
  const int height = scaled(photo_height, input_height);
  return {(input_width - width) / 2, (input_height - height) / 2, width, height};
}

Result<std::vector<Detection>> read_detections(std::span<const DetectorOutput> outputs, std::size_t class_count,
                                               std::span<const std::size_t> counting, float least_score) {
  const auto layout = layout_of(outputs, class_count);
  if (!layout) return Unexpected{layout.error()};
  std::vector<Detection> detections;
  for (std::size_t i = 0; i < layout->boxes.boxes; ++i) {
    Detection detection;
    if (!best_class(*layout, i, counting, detection)) {
      return fail(ErrorCode::kCorrupt,
                  "the detector gives scores that are not in [0, 1]: export it with the sigmoid of its scores",
                  "detector");
    }
    if (detection.score < least_score) continue;
    const auto box = box_at(*layout, i);
    if (!box) return fail(ErrorCode::kCorrupt, "the detector gives boxes that are not finite", "detector");
    detection.box = *box;
    detections.push_back(detection);
  }
  return detections;
}

std::vector<Detection> boxes_in_photo(std::vector<Detection> in_input, const Letterbox& photo,
                                      const DetectionRules& rules) {
  std::stable_sort(in_input.begin(), in_input.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  std::vector<Detection> kept;
  for (Detection& detection : in_input) {
    if (kept.size() == rules.most) break;
    Box& box = detection.box;
    box.x -= static_cast<float>(photo.x);
    box.y -= static_cast<float>(photo.y);
    cut(box.x, box.width, static_cast<float>(photo.width));
    cut(box.y, box.height, static_cast<float>(photo.height));
    if (!(box.width > 0.0F && box.height > 0.0F)) continue;
    const bool is_new = std::none_of(kept.begin(), kept.end(), [&](const Detection& other) {
      return box_overlap(other.box, detection.box) > rules.max_overlap;
    });
    if (is_new) kept.push_back(detection);
  }
  return kept;
}

}  // namespace rap
