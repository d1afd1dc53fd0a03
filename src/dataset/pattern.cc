// SPDX-License-Identifier: Apache-2.0
#include "dataset/pattern.h"

#include <vector>

namespace rap::dataset {

bool matches_pattern(std::string_view path, std::string_view pattern) {
  // reached[i]: the pattern so far can match the first i characters of the path.
  std::vector<char> reached(path.size() + 1, 0);
  reached[0] = 1;
  while (!pattern.empty()) {
    const char sign = pattern.front();
    const bool any = pattern.starts_with("**");
    pattern.remove_prefix(any ? 2 : 1);
    if (sign == '*') {
      for (std::size_t i = 1; i < reached.size(); ++i) {
        if (reached[i - 1] != 0 && (any || path[i - 1] != '/')) reached[i] = 1;
      }
      continue;
    }
    for (std::size_t i = reached.size() - 1; i > 0; --i) {
      const bool fits = sign == '?' ? path[i - 1] != '/' : path[i - 1] == sign;
      reached[i] = static_cast<char>(fits ? reached[i - 1] : 0);
    }
    reached[0] = 0;
  }
  return reached.back() != 0;
}

}  // namespace rap::dataset
