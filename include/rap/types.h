// SPDX-License-Identifier: Apache-2.0
// The nouns of rap: plain values without behaviour, safe to copy between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rap {

using Bytes = std::vector<std::byte>;

/// Milliseconds since 1970-01-01 UTC.
using TimestampMs = std::int64_t;

/// A rectangle in fractions of a photo's width and height, after EXIF orientation: x and y are
/// the left and top edge in [0, 1); width and height in (0, 1], inside the photo.
struct Box {
  float x = 0.0F;
  float y = 0.0F;
  float width = 1.0F;
  float height = 1.0F;

  friend bool operator==(const Box&, const Box&) = default;
};

/// Limits of stored input; beyond them a call fails with kTooLarge and names field and limit.
struct Limits {
  static constexpr std::size_t kNameCharacters = 100;  ///< Unicode characters, at least 1
  static constexpr std::size_t kAliases = 32;          ///< each bounded like a name
  static constexpr std::size_t kCategoryCharacters = 100;
  static constexpr std::size_t kInfoCharacters = 4'000;
  static constexpr std::size_t kAttributes = 64;
  static constexpr std::size_t kAttributeKeyCharacters = 100;
  static constexpr std::size_t kAttributeValueCharacters = 1'000;
  static constexpr std::size_t kViews = 32;        ///< confirmed ones, per concept
  static constexpr std::size_t kLearntViews = 64;  ///< from feedback, counter-examples included, per concept
  static constexpr std::size_t kPhotoBytes = 40'000'000;
  static constexpr std::size_t kPhotoPixels = 100'000'000;
  static constexpr std::size_t kQuestionCharacters = 8'000;
  static constexpr std::size_t kQuestionPhotos = 16;  ///< asked about at once
};

/// Where a view comes from.
enum class Provenance {
  kConfirmed,  ///< the user showed it
  kLearnt,     ///< the user said it about an answer ("that is Max"); it weighs less
};

/// Whether a person agreed to be recognised. Who refused is never looked for in photos; what is
/// known about them by name stays.
enum class Consent { kNotAsked, kGiven, kRefused };

/// One photo, or a box in one, that shows a concept, or a counter-example: one that was taken for
/// the concept and does not show it. Counter-examples are always learnt.
struct View {
  std::string id;          ///< random, unique in the memory
  std::string photo;       ///< sha256 of the photo file, 64 hex digits
  std::optional<Box> box;  ///< the part that is meant; none = the whole photo
  Provenance provenance = Provenance::kConfirmed;
  TimestampMs added = 0;
  bool shows = true;  ///< false: a counter-example

  friend bool operator==(const View&, const View&) = default;
};

/// One thing an owner wants known.
struct Concept {
  std::string id;    ///< random, unique in the memory, never reused
  std::string name;  ///< unique per owner after case and accent folding
  std::vector<std::string> aliases;
  std::string category;  ///< "dog", "person", "mug"; may be empty
  std::string info;      ///< free text
  std::map<std::string, std::string> attributes;
  std::vector<View> views;
  Consent consent = Consent::kNotAsked;
  TimestampMs created = 0;
  TimestampMs updated = 0;
  std::uint64_t revision = 0;  ///< the owner's revision at which it last changed

  friend bool operator==(const Concept&, const Concept&) = default;
};

/// Why a concept was thought to be meant. Any combination can hold at once.
struct Evidence {
  std::optional<float> looks_like;  ///< similarity of the best view to the region, [-1, 1]
  bool is_named = false;            ///< its name or an alias stands in the question or a turn before
  std::optional<float> face;        ///< 1 - distance of the face to the nearest of its views; people only
  std::optional<float> text_fits;   ///< rank of its text for the question, (0, 1], larger is better
};

/// A concept found in a photo or a question.
struct Match {
  std::string concept_id;
  std::string name;
  std::optional<Box> region;  ///< where in the photo; none if it was only named or text-matched
  double probability = 0.0;   ///< calibrated probability that the match is right, [0, 1]
  Evidence evidence;
};

}  // namespace rap
