// SPDX-License-Identifier: Apache-2.0
#include "dataset/subjects.h"

#include <algorithm>
#include <unordered_map>

namespace rap::dataset {
namespace {

constexpr int kTries = 20;
constexpr float kAnyShare = 0.15F;        ///< of wrong cards that resemble nothing
constexpr float kSameColourShare = 0.4F;  ///< of those of the same noun

NameKind kind_of(const std::string& category) {
  if (category == "person") return NameKind::kPerson;
  return category == "animal" ? NameKind::kAnimal : NameKind::kThing;
}

std::string key_of(Split split, const char* what, const std::string& value) {
  return std::string(split_word(split)) + '/' + what + '/' + value;
}

std::string colour_of(const CropRecord& crop) {
  const auto colour = crop.attributes.find("colour");
  return colour == crop.attributes.end() ? std::string() : colour->second;
}

}  // namespace

Subjects::Subjects(const std::vector<PhotoRecord>& photos, const std::vector<CropRecord>& crops) {
  std::unordered_map<std::string, const PhotoRecord*> by_id;
  for (const PhotoRecord& photo : photos) by_id[photo.id] = &photo;
  for (const CropRecord& crop : crops) {
    const auto photo = by_id.find(crop.photo);
    if (photo == by_id.end()) continue;
    const std::size_t index = all_.size();
    Group& siblings = by_photo_[crop.photo];
    const Split split = photo->second->split;
    all_.push_back({photo->second, &crop, kind_of(crop.category), crop.photo + '-' + std::to_string(siblings.size())});
    siblings.push_back(index);
    by_split_[static_cast<int>(split)].push_back(index);
    if (!crop.instance.empty()) by_instance_[crop.instance].push_back(index);
    by_likeness_[key_of(split, "noun", crop.noun)].push_back(index);
    by_likeness_[key_of(split, "category", crop.category)].push_back(index);
    if (const std::string colour = colour_of(crop); !colour.empty())
      by_likeness_[key_of(split, "colour", colour + ' ' + crop.noun)].push_back(index);
  }
  for (auto& [photo, group] : by_photo_) {
    std::stable_sort(group.begin(), group.end(), [&](std::size_t left, std::size_t right) {
      return all_[left].crop->score > all_[right].crop->score;
    });
  }
}

const std::vector<std::size_t>& Subjects::of_photo(const std::string& photo_id) const {
  return group(by_photo_, photo_id);
}

const std::vector<std::size_t>& Subjects::of_split(Split split) const { return by_split_[static_cast<int>(split)]; }

const Subjects::Group& Subjects::group(const std::map<std::string, Group>& groups, const std::string& key) const {
  static const Group kNone;
  const auto found = groups.find(key);
  return found == groups.end() ? kNone : found->second;
}

bool Subjects::differ(std::size_t left, std::size_t right) const {
  const CropRecord& a = *all_[left].crop;
  const CropRecord& b = *all_[right].crop;
  return a.photo != b.photo && (a.instance.empty() || a.instance != b.instance);
}

std::size_t Subjects::another_view(std::size_t subject, Random& random) const {
  const Subject& of = all_[subject];
  const Group& views = group(by_instance_, of.crop->instance);
  for (int i = 0; i < kTries && views.size() > 1; ++i) {
    const std::size_t view = views[random.below(views.size())];
    if (all_[view].crop->photo != of.crop->photo && all_[view].photo->split == of.photo->split) return view;
  }
  return subject;
}

std::size_t Subjects::look_alike(std::size_t subject, Random& random) const {
  const Subject& of = all_[subject];
  const Split split = of.photo->split;
  const Group* wanted = &group(by_likeness_, key_of(split, "noun", of.crop->noun));
  const std::string colour = colour_of(*of.crop);
  if (!colour.empty() && random.chance(kSameColourShare))
    wanted = &group(by_likeness_, key_of(split, "colour", colour + ' ' + of.crop->noun));
  if (random.chance(kAnyShare)) wanted = &of_split(split);
  const Group* const groups[] = {wanted, &group(by_likeness_, key_of(split, "noun", of.crop->noun)),
                                 &group(by_likeness_, key_of(split, "category", of.crop->category)), &of_split(split)};
  for (const Group* candidates : groups) {
    for (int i = 0; i < kTries && !candidates->empty(); ++i) {
      const std::size_t other = (*candidates)[random.below(candidates->size())];
      if (differ(subject, other)) return other;
    }
  }
  return subject;
}

}  // namespace rap::dataset
