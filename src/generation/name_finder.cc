// SPDX-License-Identifier: Apache-2.0
#include "generation/name_finder.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace rap {

NameFinder::NameFinder(std::vector<std::string> names) : names_(std::move(names)) {
  folded_.reserve(names_.size());
  for (const std::string& name : names_) folded_.push_back(fold(name));
}

std::vector<NameFinder::Hit> NameFinder::find(std::string_view text) const {
  const std::string folded_text = fold(text);
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    // Most names are ruled out here, without folding the text again.
    if (folded_[i].empty() || folded_text.find(folded_[i]) == std::string::npos) continue;
    for (const TextSpan& span : find_name(text, names_[i])) hits.push_back({i, span});
  }
  const auto longer_first = [](const Hit& a, const Hit& b) {
    return std::make_tuple(b.span.end - b.span.begin, a.name, a.span.begin) <
           std::make_tuple(a.span.end - a.span.begin, b.name, b.span.begin);
  };
  std::sort(hits.begin(), hits.end(), longer_first);
  std::vector<Hit> kept;
  for (const Hit& hit : hits) {
    const bool overlaps = std::any_of(kept.begin(), kept.end(), [&](const Hit& other) {
      return hit.span.begin < other.span.end && other.span.begin < hit.span.end;
    });
    if (!overlaps) kept.push_back(hit);
  }
  std::sort(kept.begin(), kept.end(), [](const Hit& a, const Hit& b) { return a.span.begin < b.span.begin; });
  return kept;
}

std::string replace_hits(std::string_view text, const std::vector<NameFinder::Hit>& hits,
                         const std::vector<std::string>& replacements) {
  std::string result;
  std::size_t done = 0;
  for (const NameFinder::Hit& hit : hits) {
    result.append(text.substr(done, hit.span.begin - done)).append(replacements[hit.name]);
    done = hit.span.end;
  }
  result.append(text.substr(done));
  return result;
}

}  // namespace rap
