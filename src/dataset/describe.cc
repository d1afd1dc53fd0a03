// SPDX-License-Identifier: Apache-2.0
#include "dataset/describe.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dataset/nouns.h"

namespace rap::dataset {

Result<DescribeReport> describe_by_captions(const std::filesystem::path& folder) {
  const auto photos = read_photos(folder);
  if (!photos) return Unexpected{photos.error()};
  auto crops = read_crops(folder);
  if (!crops) return Unexpected{crops.error()};

  std::vector<std::string> captions;
  std::unordered_map<std::string, const PhotoRecord*> by_id;
  for (const PhotoRecord& photo : *photos) {
    by_id[photo.id] = &photo;
    captions.insert(captions.end(), photo.captions.begin(), photo.captions.end());
  }
  const Lexicon lexicon = Lexicon::learn(captions);
  DescribeReport report{.crops = crops->size()};
  for (CropRecord& crop : *crops) {
    const auto photo = by_id.find(crop.photo);
    if (photo == by_id.end()) continue;
    auto things = describe_photo(photo->second->captions, lexicon);
    const auto same = [&](const Described& thing) { return thing.noun == crop.noun; };
    const auto thing = std::find_if(things.begin(), things.end(), same);
    if (thing == things.end()) continue;
    crop.category = std::move(thing->category);
    crop.phrase = std::move(thing->phrase);
    crop.attributes = std::move(thing->attributes);
    ++report.described;
  }
  if (auto written = write_crops(folder, *crops); !written) return Unexpected{std::move(written).error()};
  return report;
}

}  // namespace rap::dataset
