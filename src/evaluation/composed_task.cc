// SPDX-License-Identifier: Apache-2.0
#include "evaluation/composed_task.h"

#include <algorithm>
#include <array>

#include "core/files.h"
#include "evaluation/draw.h"
#include "image/photo.h"
#include "retrieval/retriever.h"

namespace rap::evaluation {
namespace {

Result<Image> half(const std::filesystem::path& photo) {
  const auto file = read_file(photo, Limits::kPhotoBytes);
  if (!file) return Unexpected{file.error()};
  auto image = decode_photo(*file);
  if (!image) return image;
  return resize(*image, kHalf, kHalf);
}

/// Two photos of different subjects out of those asked.
std::array<const EmbeddedPhoto*, 2> draw_pair(const PhotoSet& set, const Draw& draw, Random& random) {
  const EmbeddedPhoto* left = &set.photos[draw.asked[random.below(draw.asked.size())]];
  while (true) {
    const EmbeddedPhoto* right = &set.photos[draw.asked[random.below(draw.asked.size())]];
    if (right->subject != left->subject) return {left, right};
  }
}

/// Which of the two, and how many other concepts, are among the matches.
struct Found {
  bool left = false;
  bool right = false;
  bool other = false;
};

Found compare(const Recognition& recognition, const std::string& left, const std::string& right) {
  Found found;
  for (const Match& match : recognition.matches) {
    if (match.name == left) {
      found.left = true;
    } else if (match.name == right) {
      found.right = true;
    } else {
      found.other = true;
    }
  }
  return found;
}

}  // namespace

Image side_by_side(const Image& left, const Image& right) {
  constexpr std::size_t kRow = std::size_t{3} * kHalf;
  Image image{2 * kHalf, kHalf, {}};
  image.rgb.reserve(2 * kRow * kHalf);
  for (std::size_t y = 0; y < kHalf; ++y) {
    for (const Image* part : {&left, &right}) {
      const auto row = part->rgb.begin() + static_cast<std::ptrdiff_t>(y * kRow);
      image.rgb.insert(image.rgb.end(), row, row + kRow);
    }
  }
  return image;
}

Result<Image> side_by_side(const std::filesystem::path& left, const std::filesystem::path& right) {
  const auto left_half = half(left);
  if (!left_half) return Unexpected{left_half.error()};
  const auto right_half = half(right);
  if (!right_half) return Unexpected{right_half.error()};
  return side_by_side(*left_half, *right_half);
}

Result<ComposedReport> measure_composed(const PhotoSet& set, const Encoder& encoder, const ComposedOptions& options,
                                        const OnPhoto& on_photo) {
  const auto subjects = all_subjects(set);
  std::size_t both = 0, at_least_one = 0, wrong_name = 0;
  for (std::size_t i = 0; i < options.pairs; ++i) {
    Random random(options.seed + i);
    const Draw draw = make_draw(set, subjects, {.known = subjects.size(), .views = options.views}, random);
    const auto [first, second] = draw_pair(set, draw, random);
    const auto picture = side_by_side(first->path, second->path);
    if (!picture) return Unexpected{picture.error()};
    const auto map = encoder.encode(*picture);
    if (!map) return Unexpected{map.error()};

    RecognizeOptions recognize;
    recognize.threshold = options.threshold;
    const Recognition recognition = retrieve(make_gallery(set, draw), embed_regions(*map, encoder.head()), recognize);
    const Found found = compare(recognition, set.subjects[first->subject], set.subjects[second->subject]);
    both += found.left && found.right ? 1 : 0;
    at_least_one += found.left || found.right ? 1 : 0;
    wrong_name += found.other ? 1 : 0;
    if (on_photo && !on_photo()) return fail(ErrorCode::kCancelled, "interrupted");
  }
  const auto share = [&](std::size_t count) {
    return options.pairs == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(options.pairs);
  };
  return ComposedReport{.pairs = options.pairs,
                        .both = share(both),
                        .at_least_one = share(at_least_one),
                        .wrong_name = share(wrong_name)};
}

}  // namespace rap::evaluation
