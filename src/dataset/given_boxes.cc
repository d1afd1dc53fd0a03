// SPDX-License-Identifier: Apache-2.0
#include "dataset/given_boxes.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

#include "dataset/text_lines.h"
#include "image/photo.h"

namespace rap::dataset {
namespace {

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t tab = 0; tab != std::string_view::npos; line.remove_prefix(tab + 1)) {
    tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) break;
  }
  return fields;
}

bool read_float(std::string_view text, float& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<GivenBox> box_in(const std::vector<std::string_view>& fields) {
  GivenBox given;
  Box& box = given.box;
  if (fields.size() != 6 || fields[0].empty() || fields[5].empty()) return std::nullopt;
  if (!read_float(fields[1], box.x) || !read_float(fields[2], box.y)) return std::nullopt;
  if (!read_float(fields[3], box.width) || !read_float(fields[4], box.height)) return std::nullopt;
  if (!check_box(box)) return std::nullopt;
  given.noun = fields[5];
  return given;
}

}  // namespace

Result<GivenBoxes> read_given_boxes(const std::filesystem::path& file) {
  GivenBoxes boxes;
  if (file.empty()) return boxes;
  const auto lines = read_text_lines(file);
  if (!lines) return Unexpected{lines.error()};
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const auto fields = fields_of((*lines)[i]);
    auto given = box_in(fields);
    if (!given) {
      return fail(ErrorCode::kCorrupt,
                  "'" + file.filename().string() + "', filled line " + std::to_string(i + 1) +
                      ": not `file<TAB>x<TAB>y<TAB>width<TAB>height<TAB>noun` with a box inside the photo");
    }
    boxes[std::string(fields[0])].push_back(*std::move(given));
  }
  return boxes;
}

}  // namespace rap::dataset
