// SPDX-License-Identifier: Apache-2.0
#include "evaluation/faces_task.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "core/random.h"
#include "dataset/augment.h"
#include "retrieval/faces.h"

namespace rap::evaluation {
namespace {

Result<std::optional<Face>> largest_face(const FaceEncoder& encoder, const Image& image) {
  auto faces = encoder.faces(image);
  if (!faces) return Unexpected{faces.error()};
  return faces->empty() ? std::optional<Face>() : std::optional(faces->front());
}

Result<void> add_photo(FaceSet& set, const Image& photo, std::size_t person, const FaceEncoder& encoder,
                       Random& random) {
  const auto face = largest_face(encoder, photo);
  if (!face) return Unexpected{face.error()};
  ++set.photos;
  if (!*face) return {};
  const Image changed = dataset::augment(photo, Box{}, nullptr, {}, random);
  const auto copy = largest_face(encoder, changed);
  if (!copy) return Unexpected{copy.error()};
  set.faces.push_back({person, (*face)->numbers, *copy ? std::optional((*copy)->numbers) : std::nullopt});
  return {};
}

/// Whom of `known` a face is, if the best match passes the threshold.
std::optional<std::size_t> named(const FaceTemplate& numbers, std::span<const KnownFace> known, double threshold) {
  const Face face{.box = {}, .numbers = numbers};
  const auto matches = match_faces(std::span(&face, 1), known);
  if (matches.empty() || matches.front().probability < threshold) return std::nullopt;
  return matches.front().concept_index;
}

void compare_pairs(const FaceSet& set, double threshold, FaceReport& report) {
  const auto compare = [&](const FaceTemplate& asked, const FacePhoto& known, Accepted& count) {
    const KnownFace only{.concept_index = 0, .numbers = known.face};
    ++count.asked;
    if (named(asked, std::span(&only, 1), threshold)) ++count.accepted;
  };
  for (const FacePhoto& known : set.faces) {
    if (known.copy) compare(*known.copy, known, report.copies);
    for (const FacePhoto& asked : set.faces) {
      if (&asked == &known) continue;
      compare(asked.face, known, asked.person == known.person ? report.other_photos : report.others);
    }
  }
}

/// What one memory did, as counts.
struct Draw {
  Accepted right;
  Accepted wrong;
  Accepted strangers;
};

Draw ask_one_memory(const FaceSet& set, std::span<const std::size_t> members, const FaceOptions& options) {
  std::vector<KnownFace> known;
  std::vector<const FacePhoto*> remembered;
  for (const std::size_t person : members) {
    const auto first = std::find_if(set.faces.begin(), set.faces.end(),
                                    [&](const FacePhoto& photo) { return photo.person == person; });
    known.push_back({person, first->face});
    remembered.push_back(&*first);
  }
  Draw draw;
  const auto ask = [&](const FaceTemplate& face, std::size_t person, bool is_member) {
    const auto answer = named(face, known, options.threshold);
    if (!is_member) {
      ++draw.strangers.asked;
      if (answer) ++draw.strangers.accepted;
      return;
    }
    ++draw.right.asked;
    ++draw.wrong.asked;
    if (answer) ++(*answer == person ? draw.right : draw.wrong).accepted;
  };
  for (const FacePhoto& photo : set.faces) {
    const bool is_member = std::find(members.begin(), members.end(), photo.person) != members.end();
    const bool is_remembered = std::find(remembered.begin(), remembered.end(), &photo) != remembered.end();
    if (!is_remembered) ask(photo.face, photo.person, is_member);
    if (is_member && photo.copy) ask(*photo.copy, photo.person, is_member);
  }
  return draw;
}

Estimate estimate(std::span<const Draw> draws, Accepted Draw::*count) {
  return bootstrap(draws.size(), [&](std::span<const std::size_t> chosen) {
    Accepted sum;
    for (const std::size_t draw : chosen) {
      sum.asked += (draws[draw].*count).asked;
      sum.accepted += (draws[draw].*count).accepted;
    }
    return sum.share();
  });
}

}  // namespace

Result<void> add_faces(FaceSet& set, const PhotoFolder& folder, const FaceEncoder& encoder, std::uint64_t seed,
                       const OnPhoto& on_photo) {
  Random random(seed);
  for (const PhotoFile& photo : folder.photos) {
    const auto image = read_photo(photo.path);
    if (!image) return Unexpected{image.error()};
    if (auto added = add_photo(set, *image, set.people + photo.subject, encoder, random); !added) {
      Error error = added.error();
      error.message = "'" + photo.path.string() + "': " + error.message;
      return Unexpected{std::move(error)};
    }
    if (on_photo && !on_photo()) return fail(ErrorCode::kCancelled, "interrupted");
  }
  set.people += folder.subjects.size();
  return {};
}

Result<FaceReport> measure_faces(const FaceSet& set, const FaceOptions& options) {
  std::vector<std::size_t> people;
  for (const FacePhoto& photo : set.faces) people.push_back(photo.person);
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  if (people.size() < 3) {
    return fail(ErrorCode::kInvalidArgument,
                "the photos show the faces of " + std::to_string(people.size()) + " people; it takes at least three");
  }
  FaceReport report;
  report.people = std::min(options.people, people.size() - 1);
  compare_pairs(set, options.threshold, report);
  std::vector<Draw> draws;
  for (std::size_t draw = 0; draw < options.draws; ++draw) {
    Random random(options.seed + draw);
    random.shuffle(people);
    draws.push_back(ask_one_memory(set, std::span(people).first(report.people), options));
  }
  report.right = estimate(draws, &Draw::right);
  report.wrong = estimate(draws, &Draw::wrong);
  report.strangers = estimate(draws, &Draw::strangers);
  return report;
}

}  // namespace rap::evaluation
