// SPDX-License-Identifier: Apache-2.0
// People by their faces: a second way of matching, beside the look of whole regions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "rap/assistant.h"
#include "rap/engines.h"
#include "retrieval/gallery.h"
#include "retrieval/view_scores.h"

namespace rap {

/// Whether a concept is a person: its category has a word such as "person", "woman", "child" or
/// "sister" (folded; the list is in faces.cc). Others are never looked for by face.
[[nodiscard]] bool is_person(const Concept& known);

/// Whether the middle of a face lies in a box.
[[nodiscard]] bool is_inside(const Face& face, const Box& box);

/// A face in a view of a person, or in a counter-example: one that was taken for theirs.
struct KnownFace {
  std::size_t concept_index = 0;  ///< in Gallery::concepts()
  FaceTemplate numbers{};
  ViewRow::Kind kind = ViewRow::Kind::kConfirmed;
};

/// Euclidean distance of two templates: below about 0.6 for two photos of one person.
[[nodiscard]] float face_distance(const FaceTemplate& a, const FaceTemplate& b);

/// What the probability of a face is computed from.
struct FaceFeatures {
  float distance = 0.0F;  ///< to the person: see match_faces()
  float margin = 0.0F;    ///< how much farther the nearest other person is, cut at kFaceMarginCap
};

/// Beyond this a larger margin says no more; also the margin of a memory with one person.
inline constexpr float kFaceMarginCap = 0.1F;

/// Probability that a face is the person's: a logistic function of both features, fitted for dlib's
/// embedder as docs/evaluation.md tells.
[[nodiscard]] double face_probability(const FaceFeatures& features);

/// A person and the face that is theirs.
struct FaceMatch {
  std::size_t concept_index = 0;
  std::size_t face = 0;  ///< in the faces of the photo
  FaceFeatures features;
  double probability = 0.0;
};

/// Which of the people in `known` the faces of a photo are, most probable first: no person has two
/// faces, no face is two people. Improbable ones are there too. What views say together is as in
/// score_concepts(): the nearest confirmed template counts; a learnt one brings the person nearer by
/// half of the way, and not nearer than it is to the confirmed ones, but fully to the very face it was
/// learnt from; where a counter-example is as near, the face is not the person's. The templates of one
/// person must stand together. Pure.
[[nodiscard]] std::vector<FaceMatch> match_faces(std::span<const Face> faces, std::span<const KnownFace> known);

/// Brings what was found by look (`recognition`) and by face together:
/// - a person whose face fits is matched where that face is, whatever their look said;
/// - a person with a confirmed face is not matched by look in a region that shows a face;
/// - whoever a face has settled about is no longer in doubt;
/// - where no face is to be seen, look counts as it did.
/// `matches` are those of match_faces() for `faces`. Pure.
void merge_faces(const Gallery& gallery, std::span<const Face> faces, std::span<const KnownFace> known,
                 std::span<const FaceMatch> matches, const RecognizeOptions& options, Recognition& recognition);

}  // namespace rap
