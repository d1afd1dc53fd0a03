// SPDX-License-Identifier: Apache-2.0
// How well people are told apart by face. Drives the code that serves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "evaluation/bootstrap.h"
#include "evaluation/photo_set.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap::evaluation {

/// The largest face of a photo, and of a copy of it that was cropped, turned, mirrored and lit
/// differently.
struct FacePhoto {
  std::size_t person = 0;
  FaceTemplate face{};
  std::optional<FaceTemplate> copy;  ///< none if no face was found in it
};

/// Photos of people, seen once by the face encoder.
struct FaceSet {
  std::size_t people = 0;
  std::size_t photos = 0;
  std::vector<FacePhoto> faces;  ///< photos without a face are left out
};

/// Adds the photos of a folder to a set, each subject a further person. Fails like embed_photos().
[[nodiscard]] Result<void> add_faces(FaceSet& set, const PhotoFolder& folder, const FaceEncoder& encoder,
                                     std::uint64_t seed, const OnPhoto& on_photo);

struct FaceOptions {
  std::size_t draws = 50;
  std::size_t people = 20;  ///< in memory, one photo each
  std::uint64_t seed = 1000;
  double threshold = 0.5;  ///< least probability of an accepted match
};

/// How many of some comparisons were accepted.
struct Accepted {
  std::size_t asked = 0;
  std::size_t accepted = 0;
  [[nodiscard]] double share() const {
    return asked == 0 ? 0.0 : static_cast<double>(accepted) / static_cast<double>(asked);
  }
};

struct FaceReport {
  Accepted other_photos;   ///< two photos of one person, one of them alone in memory
  Accepted copies;         ///< a photo and its changed copy, likewise
  Accepted others;         ///< photos of two people, likewise: the false accept rate of a pair
  std::size_t people = 0;  ///< in the memories below
  Estimate right;          ///< share of the photos and copies of people in memory that get their name
  Estimate wrong;          ///< share of them that get another name
  Estimate strangers;      ///< share of the photos of people who are not in memory that get a name
};

/// Compares all pairs; then draws memories of `options.people` people (or all but one, if there are
/// fewer) and asks all other photos. Intervals by resampling draws. kInvalidArgument with fewer
/// than three people.
[[nodiscard]] Result<FaceReport> measure_faces(const FaceSet& set, const FaceOptions& options);

}  // namespace rap::evaluation
