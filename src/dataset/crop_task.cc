// SPDX-License-Identifier: Apache-2.0
#include "dataset/crop_task.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace rap::dataset {
namespace {

/// The key of a kind of things, which no noun has.
std::string kind_key(const std::string& kind) { return "any " + kind; }

/// A thing of which no more than its name is known: "water lilly", "leopards".
Described named(const std::string& words, const Lexicon& lexicon) {
  const std::size_t last = words.rfind(' ') + 1;
  const std::string word = words.substr(last);
  const std::string noun = lexicon.noun_of(word).value_or(word);
  const std::string one = word.ends_with('s') ? words.substr(0, last) + noun : words;
  const bool vowel = std::string_view("aeiou").find(one.front()) != std::string_view::npos;
  return {.noun = noun, .category = category_of(noun), .phrase = (vowel ? "an " : "a ") + one, .attributes = {}};
}

}  // namespace

CropRecord make_crop(const PhotoRecord& photo, const Described& thing, const Box& box, float score) {
  return {.photo = photo.id,
          .box = box,
          .noun = thing.noun,
          .category = thing.category,
          .phrase = thing.phrase,
          .attributes = thing.attributes,
          .instance = photo.instance,
          .score = score};
}

CropTask::CropTask(const std::vector<PhotoRecord>& photos, const GivenBoxes& boxes, const CropOptions& options) {
  std::vector<std::string> captions;
  for (const PhotoRecord& photo : photos) captions.insert(captions.end(), photo.captions.begin(), photo.captions.end());
  const Lexicon lexicon = Lexicon::learn(captions);
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const PhotoRecord& photo = photos[i];
    std::set<std::string>& keys = keys_.emplace_back();
    for (const std::string& caption : photo.captions) {
      for (const Mention& mention : find_mentions(caption, lexicon)) {
        keys.insert({mention.noun, kind_key(category_of(mention.noun))});
      }
    }
    std::vector<Described> things = describe_photo(photo.captions, lexicon);
    if (things.size() > options.per_photo) things.resize(options.per_photo);
    if (const auto given = boxes.find(photo.original); given != boxes.end()) {
      take_boxes(photo, given->second, things, lexicon);
    } else {
      want(i, photo, std::move(things), lexicon);
    }
  }
  number_classes(options.least_photos);
}

void CropTask::want(std::size_t index, const PhotoRecord& photo, std::vector<Described> things,
                    const Lexicon& lexicon) {
  if (things.empty() && !photo.category.empty()) {
    const std::string key = photo.instance.empty() ? photo.category : photo.instance;
    Described thing = named(photo.category, lexicon);
    const std::string kind = kind_key(thing.category);
    keys_[index].insert({key, photo.category, kind});
    wanted_.push_back({index, key, kind, std::move(thing)});
    return;
  }
  for (Described& thing : things) wanted_.push_back({index, thing.noun, kind_key(thing.category), std::move(thing)});
}

void CropTask::take_boxes(const PhotoRecord& photo, const std::vector<GivenBox>& boxes,
                          const std::vector<Described>& things, const Lexicon& lexicon) {
  for (const GivenBox& given : boxes) {
    const std::string noun = lexicon.noun_of(given.noun).value_or(given.noun);
    const auto described =
        std::find_if(things.begin(), things.end(), [&](const Described& thing) { return thing.noun == noun; });
    given_.push_back(make_crop(photo, described == things.end() ? named(noun, lexicon) : *described, given.box, 1.0F));
  }
}

void CropTask::number_classes(std::size_t least_photos) {
  std::map<std::string, std::size_t> counts;
  for (const auto& keys : keys_) {
    for (const std::string& key : keys) ++counts[key];
  }
  std::erase_if(wanted_, [&](const Wanted& wanted) {
    // What a folder says is certain, however few its photos are.
    return wanted.thing.captions > 0 && counts[wanted.key] < least_photos;
  });
  for (const Wanted& wanted : wanted_) {
    classes_.emplace(wanted.key, 0);
    classes_.emplace(wanted.kind, 0);
  }
  std::size_t next = 0;
  for (auto& [key, number] : classes_) number = next++;
}

std::vector<std::size_t> CropTask::labels(std::size_t photo) const {
  std::vector<std::size_t> labels;
  for (const std::string& key : keys_[photo]) {
    if (const auto found = classes_.find(key); found != classes_.end()) labels.push_back(found->second);
  }
  return labels;
}

}  // namespace rap::dataset
