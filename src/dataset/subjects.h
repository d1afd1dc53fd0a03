// SPDX-License-Identifier: Apache-2.0
// The things that cards can be about, and which of them resemble each other.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "dataset/names_pool.h"
#include "dataset/photo.h"

namespace rap::dataset {

/// A concept as one photo shows it. Borrows from the photos and crops it was made of.
struct Subject {
  const PhotoRecord* photo = nullptr;
  const CropRecord* crop = nullptr;
  NameKind kind = NameKind::kThing;
  std::string id;  ///< "<photo>-<number of the crop in the photo>"
};

/// All subjects of a set, by what makes them alike. Immutable after construction.
class Subjects {
 public:
  /// Crops of unknown photos are left out. `photos` and `crops` must outlive this.
  Subjects(const std::vector<PhotoRecord>& photos, const std::vector<CropRecord>& crops);

  [[nodiscard]] const std::vector<Subject>& all() const { return all_; }
  [[nodiscard]] const Subject& operator[](std::size_t index) const { return all_[index]; }

  /// Those of one photo, best first.
  [[nodiscard]] const std::vector<std::size_t>& of_photo(const std::string& photo_id) const;

  /// Those of one split.
  [[nodiscard]] const std::vector<std::size_t>& of_split(Split split) const;

  /// Another photo's subject of the same instance, or `subject` itself if there is none.
  [[nodiscard]] std::size_t another_view(std::size_t subject, Random& random) const;

  /// A subject that might be taken for `subject` and is not: of the same noun most of the time,
  /// also of the same colour if there is one, else of the same category, now and then any. Never of
  /// the same photo or instance; of the same split.
  [[nodiscard]] std::size_t look_alike(std::size_t subject, Random& random) const;

 private:
  using Group = std::vector<std::size_t>;

  [[nodiscard]] bool differ(std::size_t left, std::size_t right) const;
  [[nodiscard]] const Group& group(const std::map<std::string, Group>& groups, const std::string& key) const;

  std::vector<Subject> all_;
  std::map<std::string, Group> by_photo_;
  std::map<std::string, Group> by_instance_;
  std::map<std::string, Group> by_likeness_;  ///< split, then noun, category, or noun and colour
  Group by_split_[3];
};

}  // namespace rap::dataset
