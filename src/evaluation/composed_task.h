// SPDX-License-Identifier: Apache-2.0
// Two subjects in one picture: composed, as no set at hand has photos of two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "evaluation/photo_set.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap::evaluation {

struct ComposedOptions {
  std::size_t pairs = 60;
  std::size_t views = 1;      ///< photos remembered of each subject
  std::uint64_t seed = 1000;  ///< pair i uses seed + i
  double threshold = 0.5;     ///< least probability of an accepted match
};

/// Shares of the composed pictures.
struct ComposedReport {
  std::size_t pairs = 0;
  double both = 0.0;          ///< both subjects were found
  double at_least_one = 0.0;  ///< one or both were
  double wrong_name = 0.0;    ///< something was found that is in neither half
};

/// Two pictures of kHalf x kHalf pixels, side by side.
inline constexpr int kHalf = 640;
[[nodiscard]] Image side_by_side(const Image& left, const Image& right);

/// Two photo files, each squeezed to a square, side by side. Fails like read_file() and decode_photo().
[[nodiscard]] Result<Image> side_by_side(const std::filesystem::path& left, const std::filesystem::path& right);

/// For every pair: remembers photos of all subjects, lays photos of two of them that are not
/// remembered side by side, looks once and retrieves. Fails like embed_photos().
[[nodiscard]] Result<ComposedReport> measure_composed(const PhotoSet& set, const Encoder& encoder,
                                                      const ComposedOptions& options, const OnPhoto& on_photo);

}  // namespace rap::evaluation
