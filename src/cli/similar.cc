// SPDX-License-Identifier: Apache-2.0
#include "cli/similar.h"

#include <utf8proc.h>

#include <algorithm>
#include <utility>

#include "core/text.h"

namespace rap::cli {
namespace {

constexpr std::size_t kMost = 3;

std::vector<utf8proc_int32_t> folded_characters(std::string_view text) {
  const std::string folded = fold(text);
  std::vector<utf8proc_int32_t> characters;
  std::string_view rest = folded;
  while (!rest.empty()) {
    utf8proc_int32_t character = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                         static_cast<utf8proc_ssize_t>(rest.size()), &character);
    if (length <= 0) break;
    characters.push_back(character);
    rest.remove_prefix(static_cast<std::size_t>(length));
  }
  return characters;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto from = folded_characters(a);
  const auto to = folded_characters(b);
  const std::size_t width = to.size() + 1;
  std::vector<std::size_t> table((from.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return table[i * width + j]; };
  for (std::size_t i = 0; i <= from.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= to.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t substitution = at(i - 1, j - 1) + (from[i - 1] == to[j - 1] ? 0 : 1);
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, substitution});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return table.back();
}

std::vector<std::string> most_similar(std::string_view text, std::span<const std::string> candidates) {
  const std::size_t most_edits = std::max<std::size_t>(1, folded_characters(text).size() / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(text, candidate);
    if (distance <= most_edits) near.emplace_back(distance, candidate);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> similar;
  for (std::size_t i = 0; i < std::min(kMost, near.size()); ++i) similar.push_back(std::move(near[i].second));
  return similar;
}

}  // namespace rap::cli
