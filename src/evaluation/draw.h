// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "core/random.h"
#include "evaluation/photo_set.h"
#include "retrieval/gallery.h"

namespace rap::evaluation {

/// One random memory and the photos it is asked about.
struct Draw {
  std::vector<std::size_t> known;                    ///< subjects in memory, in the order of `remembered`
  std::vector<std::vector<std::size_t>> remembered;  ///< photos of each of them
  std::vector<std::size_t> asked;                    ///< photos of all subjects, none of them remembered

  [[nodiscard]] bool knows(std::size_t subject) const {
    return std::find(known.begin(), known.end(), subject) != known.end();
  }
};

/// How a draw is made.
struct DrawOptions {
  std::size_t known = 0;  ///< how many of the subjects are remembered
  std::size_t views = 1;  ///< photos remembered of each (fewer where that would leave none to ask)
};

/// Remembers `options.views` random photos of each of `options.known` random members of
/// `subjects` and asks all other photos of `subjects`, as far as they may be used so. Of subjects that
/// stay unknown as many photos are set aside as of known ones, so that both are asked equally often.
[[nodiscard]] Draw make_draw(const PhotoSet& set, std::span<const std::size_t> subjects, const DrawOptions& options,
                             Random& random);

/// All subjects of a set: 0, 1, 2, ...
[[nodiscard]] std::vector<std::size_t> all_subjects(const PhotoSet& set);

/// The gallery that serves a memory of these photos. concepts()[i] is draw.known[i]; distractors,
/// if any, follow as further concepts.
[[nodiscard]] Gallery make_gallery(const PhotoSet& set, const Draw& draw, const PhotoSet* distractors = nullptr);

}  // namespace rap::evaluation
