// SPDX-License-Identifier: Apache-2.0
// Two bytes of sides for each of two outputs, how many of them there are, how many classes are known, then numbers.
#include <algorithm>
#include <cstring>

#include "fuzz/target.h"
#include "vision/detections.h"

namespace {

constexpr std::size_t kHeader = 6;

std::vector<std::uint8_t> seed(std::vector<std::uint8_t> header, const std::vector<float>& values) {
  header.resize(kHeader + values.size() * sizeof(float));
  std::memcpy(header.data() + kHeader, values.data(), values.size() * sizeof(float));
  return header;
}

void check(const std::vector<rap::Detection>& boxes, const rap::DetectionRules& rules) {
  rap::fuzz::require(boxes.size() <= rules.most);
  for (const rap::Detection& detection : boxes) {
    const auto& [x, y, width, height] = detection.box;
    rap::fuzz::require(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 1.001F && y + height <= 1.001F);
    rap::fuzz::require(detection.score >= rules.least_score);
  }
}

}  // namespace

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  return {seed({2, 6, 1, 1, 0, 0}, {10, 20, 40, 60, 0.9F, 1, 0, 0, 8, 6, 0.5F, 0}),
          seed({2, 7, 1, 1, 0, 3}, {25, 40, 30, 40, 0, 0, 0.9F, 4, 3, 8, 6, 0, 0.6F, 0.2F}),
          seed({2, 4, 2, 1, 1, 1}, {10, 20, 40, 60, 0, 0, 8, 6, 0.9F, 0.5F})};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kHeader) return 0;
  std::vector<float> values((size - kHeader) / sizeof(float));
  std::memcpy(values.data(), data + kHeader, values.size() * sizeof(float));
  std::vector<rap::DetectorOutput> outputs;
  std::size_t first = 0;
  for (std::size_t i = 0; i < 1U + (data[4] & 1U); ++i) {
    const std::size_t rows = data[2 * i];
    const std::size_t columns = data[2 * i + 1];
    const std::size_t count = std::min(rows * columns, values.size() - first);
    outputs.push_back({{1, rows, columns}, std::span(values).subspan(first, count)});
    first += count;
  }
  const rap::DetectionRules rules;
  auto found = rap::read_detections(outputs, data[5], {}, rules.least_score);
  if (found) check(rap::boxes_in_photo(std::move(*found), {.x = 2, .y = 0, .width = 60, .height = 64}, rules), rules);
  return 0;
}
