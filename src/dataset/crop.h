// SPDX-License-Identifier: Apache-2.0
// Second step of the pipeline: where in each photo the things are that it shows.
#pragma once

#include <cstddef>
#include <filesystem>

#include "dataset/collect.h"
#include "dataset/photo.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap::dataset {

struct CropOptions {
  /// Boxes known from elsewhere, a file of lines `file<TAB>x<TAB>y<TAB>width<TAB>height<TAB>noun`: the
  /// photo's path in its source and the box in fractions of its sides. Its photos get these only.
  std::filesystem::path boxes;
  std::size_t per_photo = 3;      ///< things of one photo, the most mentioned first
  std::size_t least_photos = 12;  ///< a noun of fewer photos is not learnt
};

/// What find_crops() did.
struct CropReport {
  std::size_t photos = 0;
  std::size_t encoded = 0;  ///< of them in this run
  std::size_t classes = 0;  ///< learnt: nouns, their kinds, categories, individuals
  std::size_t crops = 0;
  std::size_t without = 0;  ///< photos in which nothing was found
};

/// Finds what each photo of the set in `folder` shows, and writes crops.jsonl.
///
/// What there is comes from the captions (dataset/nouns.h) or from the photo's category; where it
/// is comes from given boxes or, weakly supervised, from the encoder: a linear probe learns from
/// whole photos to tell those whose captions mention the noun, and is then asked about each cell
/// of the photo's feature map; the hottest spot is the box (dataset/heat_map.h). A crop's score is
/// what the probe says of the whole photo, in [0, 1], times the share of heat in the box; below 0.15
/// it is a guess, and the box of a category's or an individual's photo then is all of it. Every
/// photo is encoded once and kept in features.cache, so a second run encodes only what is new.
/// Deterministic.
/// kNotFound without photos.jsonl, kCorrupt for a file of boxes that is wrong, kCancelled.
[[nodiscard]] Result<CropReport> find_crops(const std::filesystem::path& folder, const Encoder& encoder,
                                            const CropOptions& options, const OnStep& on_step);

}  // namespace rap::dataset
