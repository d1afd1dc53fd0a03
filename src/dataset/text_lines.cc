// SPDX-License-Identifier: Apache-2.0
#include "dataset/text_lines.h"

#include <algorithm>
#include <string_view>

#include "core/files.h"

namespace rap::dataset {
namespace {

constexpr std::uintmax_t kTextBytes = std::uintmax_t{4} << 30;

}  // namespace

Result<std::vector<std::string>> read_text_lines(const std::filesystem::path& file) {
  auto bytes = read_file(file, kTextBytes);
  if (!bytes) return Unexpected{std::move(bytes).error()};
  std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

}  // namespace rap::dataset
