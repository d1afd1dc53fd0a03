// SPDX-License-Identifier: Apache-2.0
#include "evaluation/memory_growth_task.h"

#include <algorithm>
#include <chrono>

#include "core/random.h"
#include "evaluation/draw.h"
#include "retrieval/retriever.h"

namespace rap::evaluation {
namespace {

/// What one draw counted.
struct DrawCounts {
  std::size_t asked = 0;
  std::array<std::size_t, kRecallRanks.size()> found{};
  std::size_t accepted = 0;
  std::size_t wrong = 0;
  double seconds = 0.0;
};

/// Counts one photo of subject number `right` of the gallery.
void count(const std::vector<Candidate>& ranked, std::size_t right, double threshold, DrawCounts& counts) {
  ++counts.asked;
  const auto at = std::find_if(ranked.begin(), ranked.end(),
                               [&](const Candidate& candidate) { return candidate.concept_index == right; });
  const auto rank = static_cast<std::size_t>(at - ranked.begin());
  for (std::size_t i = 0; i < kRecallRanks.size(); ++i) counts.found[i] += rank < kRecallRanks[i] ? 1 : 0;
  if (ranked.front().probability < threshold) return;
  ++(rank == 0 ? counts.accepted : counts.wrong);
}

DrawCounts ask(const PhotoSet& set, const Draw& draw, const Gallery& gallery, const MemoryGrowthOptions& options) {
  DrawCounts counts;
  for (const std::size_t index : draw.asked) {
    const EmbeddedPhoto& photo = set.photos[index];
    const auto subject = std::find(draw.known.begin(), draw.known.end(), photo.subject);
    if (subject == draw.known.end()) continue;
    const auto start = std::chrono::steady_clock::now();
    const auto ranked = rank_candidates(gallery, photo.regions, options.calibration);
    counts.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    count(ranked, static_cast<std::size_t>(subject - draw.known.begin()), options.threshold, counts);
  }
  return counts;
}

/// The share of the asked photos that `what` counts, over draws.
template <class What>
Estimate share(const std::vector<DrawCounts>& draws, const What& what) {
  return bootstrap(draws.size(), [&](std::span<const std::size_t> chosen) {
    std::size_t asked = 0, counted = 0;
    for (const std::size_t index : chosen) {
      asked += draws[index].asked;
      counted += what(draws[index]);
    }
    return asked == 0 ? 0.0 : static_cast<double>(counted) / static_cast<double>(asked);
  });
}

MemoryGrowthRow summarise(std::size_t concepts, const std::vector<DrawCounts>& draws) {
  MemoryGrowthRow row{.concepts = concepts};
  for (std::size_t i = 0; i < kRecallRanks.size(); ++i) {
    row.recall[i] = share(draws, [i](const DrawCounts& counts) { return counts.found[i]; });
  }
  row.accepted = share(draws, [](const DrawCounts& counts) { return counts.accepted; });
  row.wrong = share(draws, [](const DrawCounts& counts) { return counts.wrong; });
  double seconds = 0.0;
  std::size_t asked = 0;
  for (const DrawCounts& counts : draws) {
    seconds += counts.seconds;
    asked += counts.asked;
  }
  row.search_ms = asked == 0 ? 0.0 : 1000.0 * seconds / static_cast<double>(asked);
  return row;
}

}  // namespace

Result<std::vector<MemoryGrowthRow>> measure_memory_growth(const PhotoSet& set, const PhotoSet& distractors,
                                                           const MemoryGrowthOptions& options, const OnPhoto& on_draw) {
  const std::size_t most = set.subjects.size() + distractors.photos.size();
  std::vector<std::size_t> sizes;
  for (const std::size_t size : options.sizes) sizes.push_back(std::min(size, most));
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());

  std::vector<MemoryGrowthRow> rows;
  for (const std::size_t size : sizes) {
    const std::size_t known = std::min(size, set.subjects.size());
    PhotoSet others{.name = distractors.name, .subjects = distractors.subjects, .photos = {}, .dimensions = 0};
    others.photos.assign(distractors.photos.begin(),
                         distractors.photos.begin() + static_cast<std::ptrdiff_t>(size - known));
    std::vector<DrawCounts> draws;
    for (std::size_t i = 0; i < options.draws; ++i) {
      Random random(options.seed + i);
      const Draw draw = make_draw(set, all_subjects(set), {.known = known, .views = options.views}, random);
      draws.push_back(ask(set, draw, make_gallery(set, draw, &others), options));
      if (on_draw && !on_draw()) return fail(ErrorCode::kCancelled, "interrupted");
    }
    rows.push_back(summarise(size, draws));
  }
  return rows;
}

}  // namespace rap::evaluation
