// SPDX-License-Identifier: Apache-2.0
#include "evaluation/draw.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>

namespace rap::evaluation {
namespace {

/// Concepts of photos that are not stored anywhere: a view's key is a running number.
class GalleryBuilder {
 public:
  void add(const std::string& name, const std::vector<const EmbeddedPhoto*>& photos) {
    Concept known;
    known.id = std::to_string(concepts_.size());
    known.name = name;
    for (const EmbeddedPhoto* photo : photos) {
      View view;
      view.photo = std::to_string(rows_.size());
      rows_.emplace(view.photo, photo->view);
      known.views.push_back(std::move(view));
    }
    concepts_.push_back(std::move(known));
  }

  [[nodiscard]] Gallery build(std::size_t dimensions) && {
    const auto lookup = [this](const std::string& key) { return rows_.at(key); };
    return {0, std::move(concepts_), dimensions, lookup};
  }

 private:
  std::vector<Concept> concepts_;
  std::unordered_map<std::string, std::span<const float>> rows_;
};

/// Photos of one subject.
struct Split {
  std::vector<std::size_t> remembered;
  std::vector<std::size_t> asked;
};

/// The first `views` photos that can be remembered, and the others that can be asked about; one of these is left
/// in any case.
Split split(const PhotoSet& set, const std::vector<std::size_t>& photos, std::size_t views) {
  auto questions =
      std::count_if(photos.begin(), photos.end(), [&](std::size_t i) { return set.photos[i].can_be_asked; });
  Split result;
  for (const std::size_t index : photos) {
    const EmbeddedPhoto& photo = set.photos[index];
    const bool is_last_question = photo.can_be_asked && questions == 1;
    if (photo.can_be_remembered && result.remembered.size() < views && !is_last_question) {
      result.remembered.push_back(index);
      questions -= photo.can_be_asked ? 1 : 0;
    } else if (photo.can_be_asked) {
      result.asked.push_back(index);
    }
  }
  return result;
}

}  // namespace

Draw make_draw(const PhotoSet& set, std::span<const std::size_t> subjects, const DrawOptions& options, Random& random) {
  std::vector<std::vector<std::size_t>> photos(set.subjects.size());
  for (std::size_t i = 0; i < set.photos.size(); ++i) photos[set.photos[i].subject].push_back(i);

  Draw draw;
  std::vector<std::size_t> order(subjects.begin(), subjects.end());
  random.shuffle(order);
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::vector<std::size_t>& of_subject = photos[order[i]];
    random.shuffle(of_subject);
    Split photos_of = split(set, of_subject, options.views);
    if (i < options.known) {
      draw.known.push_back(order[i]);
      draw.remembered.push_back(std::move(photos_of.remembered));
    }
    draw.asked.insert(draw.asked.end(), photos_of.asked.begin(), photos_of.asked.end());
  }
  return draw;
}

std::vector<std::size_t> all_subjects(const PhotoSet& set) {
  std::vector<std::size_t> subjects(set.subjects.size());
  std::iota(subjects.begin(), subjects.end(), std::size_t{0});
  return subjects;
}

Gallery make_gallery(const PhotoSet& set, const Draw& draw, const PhotoSet* distractors) {
  GalleryBuilder builder;
  for (std::size_t i = 0; i < draw.known.size(); ++i) {
    std::vector<const EmbeddedPhoto*> photos;
    for (const std::size_t photo : draw.remembered[i]) photos.push_back(&set.photos[photo]);
    builder.add(set.subjects[draw.known[i]], photos);
  }
  if (distractors != nullptr) {
    for (const EmbeddedPhoto& photo : distractors->photos) builder.add(distractors->subjects[photo.subject], {&photo});
  }
  return std::move(builder).build(set.dimensions);
}

}  // namespace rap::evaluation
