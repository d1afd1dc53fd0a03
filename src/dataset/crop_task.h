// SPDX-License-Identifier: Apache-2.0
// What is to be found in the photos of a set, and from which photos that can be learnt.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dataset/crop.h"
#include "dataset/given_boxes.h"
#include "dataset/nouns.h"
#include "dataset/photo.h"

namespace rap::dataset {

/// Something to be found in one photo.
struct Wanted {
  std::size_t photo = 0;  ///< index
  std::string key;        ///< of the class that it belongs to
  std::string kind;       ///< of the wider class: what makes a man is seen on him, what makes a person all over him
  Described thing;
};

/// A crop of a photo.
[[nodiscard]] CropRecord make_crop(const PhotoRecord& photo, const Described& thing, const Box& box, float score);

/// The classes that a set's photos belong to (nouns of their captions and kinds of those, categories, instances) and
/// the things that are wanted of each photo.
class CropTask {
 public:
  CropTask(const std::vector<PhotoRecord>& photos, const GivenBoxes& boxes, const CropOptions& options);

  [[nodiscard]] const std::vector<Wanted>& wanted() const { return wanted_; }

  /// The crops of given boxes.
  [[nodiscard]] const std::vector<CropRecord>& given() const { return given_; }

  /// The classes of what is wanted, numbered from 0.
  [[nodiscard]] std::size_t classes() const { return classes_.size(); }
  [[nodiscard]] std::size_t class_of(const std::string& key) const { return classes_.at(key); }

  /// The classes that the photo of an index belongs to.
  [[nodiscard]] std::vector<std::size_t> labels(std::size_t photo) const;

 private:
  void want(std::size_t index, const PhotoRecord& photo, std::vector<Described> things, const Lexicon& lexicon);
  void take_boxes(const PhotoRecord& photo, const std::vector<GivenBox>& boxes, const std::vector<Described>& things,
                  const Lexicon& lexicon);
  void number_classes(std::size_t least_photos);

  std::vector<std::set<std::string>> keys_;  ///< of each photo
  std::vector<Wanted> wanted_;
  std::vector<CropRecord> given_;
  std::map<std::string, std::size_t> classes_;
};

}  // namespace rap::dataset
