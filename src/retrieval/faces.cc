// SPDX-License-Identifier: Apache-2.0
#include "retrieval/faces.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/text.h"

namespace rap {
namespace {

constexpr double kLeastNearMiss = 0.05;  ///< less probable ones are not worth telling

constexpr double kDistanceWeight = -31.1;
constexpr double kMarginWeight = 20.0;
constexpr double kBias = 10.4;

const std::unordered_set<std::string_view>& words_for_people() {
  static const std::unordered_set<std::string_view> kWords{
      "person",  "people",  "human",  "man",       "woman",     "boy",        "girl",        "child",
      "kid",     "baby",    "infant", "toddler",   "teenager",  "adult",      "lady",        "gentleman",
      "guy",     "family",  "friend", "colleague", "neighbour", "neighbor",   "mother",      "father",
      "mum",     "mom",     "dad",    "parent",    "sister",    "brother",    "sibling",     "daughter",
      "son",     "aunt",    "uncle",  "cousin",    "niece",     "nephew",     "grandmother", "grandfather",
      "grandma", "grandpa", "wife",   "husband",   "partner",   "girlfriend", "boyfriend"};
  return kWords;
}

constexpr float kSameFace = 0.1F;  ///< nearer than this it is the face of the very same photo
constexpr float kFar = std::numeric_limits<float>::infinity();

/// A person and how far a face is from them.
struct Nearest {
  std::size_t concept_index = 0;
  float distance = 0.0F;
};

float nearest(const FaceTemplate& face, std::span<const KnownFace> person, ViewRow::Kind kind) {
  float distance = kFar;
  for (const KnownFace& known : person) {
    if (known.kind == kind) distance = std::min(distance, face_distance(face, known.numbers));
  }
  return distance;
}

/// From a face to a person with these templates; see match_faces().
float distance_to(const FaceTemplate& face, std::span<const KnownFace> person) {
  const float confirmed = nearest(face, person, ViewRow::Kind::kConfirmed);
  float distance = confirmed;
  for (const KnownFace& known : person) {
    if (known.kind != ViewRow::Kind::kLearnt) continue;
    const float learnt = face_distance(face, known.numbers);
    const float vouched = nearest(known.numbers, person, ViewRow::Kind::kConfirmed);
    distance = std::min(distance, learnt < kSameFace ? learnt : (confirmed + std::max(learnt, vouched)) / 2.0F);
  }
  return nearest(face, person, ViewRow::Kind::kCounterExample) <= distance ? kFar : distance;
}

/// Everybody whom the face may be.
std::vector<Nearest> nearest_of_each(const Face& face, std::span<const KnownFace> known) {
  std::vector<Nearest> people;
  for (auto first = known.begin(); first != known.end();) {
    const auto last = std::find_if(first, known.end(),
                                   [&](const KnownFace& other) { return other.concept_index != first->concept_index; });
    const float distance = distance_to(face.numbers, {first, last});
    if (distance != kFar) people.push_back({first->concept_index, distance});
    first = last;
  }
  return people;
}

/// How much nearer a person is than the best other one; negative for all but the nearest.
float margin_of(const Nearest& person, std::span<const Nearest> people) {
  float other = kFar;
  for (const Nearest& candidate : people) {
    if (candidate.concept_index != person.concept_index) other = std::min(other, candidate.distance);
  }
  return std::min(other - person.distance, kFaceMarginCap);
}

void sort_by_probability(std::vector<Match>& matches) {
  std::stable_sort(matches.begin(), matches.end(),
                   [](const Match& a, const Match& b) { return a.probability > b.probability; });
}

}  // namespace

bool is_person(const Concept& known) {
  const auto category = words(known.category);
  return std::any_of(category.begin(), category.end(),
                     [](const std::string& word) { return words_for_people().contains(word); });
}

bool is_inside(const Face& face, const Box& box) {
  const float x = face.box.x + face.box.width / 2.0F;
  const float y = face.box.y + face.box.height / 2.0F;
  return box.x <= x && x <= box.x + box.width && box.y <= y && y <= box.y + box.height;
}

float face_distance(const FaceTemplate& a, const FaceTemplate& b) {
  float squares = 0.0F;
  for (std::size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(squares);
}

double face_probability(const FaceFeatures& features) {
  return 1.0 / (1.0 + std::exp(-(kDistanceWeight * features.distance + kMarginWeight * features.margin + kBias)));
}

std::vector<FaceMatch> match_faces(std::span<const Face> faces, std::span<const KnownFace> known) {
  std::vector<FaceMatch> candidates;
  for (std::size_t face = 0; face < faces.size(); ++face) {
    const std::vector<Nearest> people = nearest_of_each(faces[face], known);
    for (const Nearest& person : people) {
      const FaceFeatures features{.distance = person.distance, .margin = margin_of(person, people)};
      candidates.push_back({person.concept_index, face, features, face_probability(features)});
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const FaceMatch& a, const FaceMatch& b) { return a.probability > b.probability; });
  std::vector<FaceMatch> matches;
  std::set<std::size_t> taken_people;
  std::set<std::size_t> taken_faces;
  for (const FaceMatch& candidate : candidates) {
    if (taken_people.contains(candidate.concept_index) || taken_faces.contains(candidate.face)) continue;
    taken_people.insert(candidate.concept_index);
    taken_faces.insert(candidate.face);
    matches.push_back(candidate);
  }
  return matches;
}

void merge_faces(const Gallery& gallery, std::span<const Face> faces, std::span<const KnownFace> known,
                 std::span<const FaceMatch> matches, const RecognizeOptions& options, Recognition& recognition) {
  std::set<std::string_view> has_face;
  for (const KnownFace& person : known) {
    if (person.kind == ViewRow::Kind::kConfirmed) has_face.insert(gallery.concepts()[person.concept_index].id);
  }
  const auto is_refuted = [&](const Match& match) {
    return match.region && has_face.contains(match.concept_id) &&
           std::any_of(faces.begin(), faces.end(), [&](const Face& face) { return is_inside(face, *match.region); });
  };
  std::erase_if(recognition.matches, is_refuted);
  std::erase_if(recognition.near, is_refuted);
  const auto is_settled_by_face = [&](const Match& match) {
    return is_refuted(match) || std::any_of(matches.begin(), matches.end(), [&](const FaceMatch& found) {
             return found.probability >= options.threshold &&
                    gallery.concepts()[found.concept_index].id == match.concept_id;
           });
  };
  for (Doubt& doubt : recognition.doubts) std::erase_if(doubt.candidates, is_settled_by_face);
  std::erase_if(recognition.doubts, [](const Doubt& doubt) { return doubt.candidates.size() < 2; });

  for (const FaceMatch& found : matches) {
    if (found.probability < std::min(options.threshold, kLeastNearMiss)) break;
    const Concept& person = gallery.concepts()[found.concept_index];
    const auto is_same = [&](const Match& match) { return match.concept_id == person.id; };
    const bool is_accepted = found.probability >= options.threshold;
    // Seen from behind in one place and by a face that hardly fits in another: the first stays.
    if (!is_accepted && std::any_of(recognition.matches.begin(), recognition.matches.end(), is_same)) continue;
    std::erase_if(recognition.matches, is_same);
    std::erase_if(recognition.near, is_same);
    Match match{.concept_id = person.id,
                .name = person.name,
                .region = faces[found.face].box,
                .probability = found.probability,
                .evidence = {}};
    match.evidence.face = 1.0F - found.features.distance;
    (is_accepted ? recognition.matches : recognition.near).push_back(std::move(match));
  }
  sort_by_probability(recognition.matches);
  while (recognition.matches.size() > options.max_matches) {
    recognition.near.push_back(std::move(recognition.matches.back()));
    recognition.matches.pop_back();
  }
  sort_by_probability(recognition.near);
  recognition.near.resize(std::min(recognition.near.size(), options.max_near));
}

}  // namespace rap
