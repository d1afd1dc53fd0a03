// SPDX-License-Identifier: Apache-2.0
#include "evaluation/name_scores.h"

#include <algorithm>
#include <vector>

#include "core/text.h"

namespace rap::evaluation {
namespace {

struct Found {
  std::string name;  ///< folded
  TextSpan span;
};

std::size_t length(const TextSpan& span) { return span.end - span.begin; }

bool overlap(const TextSpan& a, const TextSpan& b) { return a.begin < b.end && b.begin < a.end; }

void find_in(std::string_view text, const std::string& name, std::vector<Found>& found) {
  for (const TextSpan& span : find_name(text, name)) found.push_back({fold(name), span});
}

/// The distinct names that stand in the text, folded.
std::vector<std::string> names_in(std::string_view text, std::span<const std::string> expected,
                                  std::span<const std::string> known) {
  std::vector<Found> found;
  for (const std::string& name : expected) find_in(text, name, found);
  for (const std::string& name : known) find_in(text, name, found);
  std::vector<std::string> names;
  for (const Found& one : found) {
    const bool is_part = std::any_of(found.begin(), found.end(), [&](const Found& other) {
      return overlap(one.span, other.span) && length(other.span) > length(one.span);
    });
    if (!is_part) names.push_back(one.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

NameCounts& NameCounts::operator+=(const NameCounts& other) {
  expected += other.expected;
  right += other.right;
  wrong += other.wrong;
  return *this;
}

NameCounts count_names(std::string_view text, std::span<const std::string> expected,
                       std::span<const std::string> known) {
  const std::vector<std::string> said = names_in(text, expected, known);
  NameCounts counts{.expected = expected.size()};
  for (const std::string& name : expected) {
    if (std::binary_search(said.begin(), said.end(), fold(name))) ++counts.right;
  }
  counts.wrong = said.size() - counts.right;
  return counts;
}

double name_recall(const NameCounts& sum) { return ratio(sum.right, sum.expected); }

double name_precision(const NameCounts& sum) { return ratio(sum.right, sum.right + sum.wrong); }

double name_f1(const NameCounts& sum) {
  const double recall = name_recall(sum);
  const double precision = name_precision(sum);
  return recall + precision == 0.0 ? 0.0 : 2.0 * recall * precision / (recall + precision);
}

}  // namespace rap::evaluation
