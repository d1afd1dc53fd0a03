// SPDX-License-Identifier: Apache-2.0
#include "dataset/crop.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/files.h"
#include "dataset/crop_task.h"
#include "dataset/feature_cache.h"
#include "dataset/given_boxes.h"
#include "dataset/heat_map.h"
#include "dataset/linear_probes.h"
#include "image/photo.h"
#include "retrieval/regions.h"
#include "vision/embedding_head.h"

namespace rap::dataset {
namespace {

namespace fs = std::filesystem;

constexpr char kCacheFile[] = "features.cache";
constexpr int kEncodedSide = 768;  ///< pixels of a photo that is encoded; encoders take fewer

constexpr float kUnsure = 0.15F;  ///< a lower score is no better than a guess

/// Encodes the photos that the cache does not know.
Result<std::size_t> encode_all(const fs::path& folder, const std::vector<PhotoRecord>& photos, const Encoder& encoder,
                               FeatureCache& cache, const OnStep& on_step) {
  std::size_t encoded = 0;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (on_step && !on_step(i, photos.size())) return fail(ErrorCode::kCancelled, "cropping was stopped");
    if (cache.contains(photos[i].id)) continue;
    const auto bytes = read_file(folder / photos[i].image, Limits::kPhotoBytes);
    if (!bytes) return Unexpected{bytes.error()};
    const auto image = decode_photo(*bytes, kEncodedSide);
    if (!image) return Unexpected{image.error()};
    const auto map = encoder.encode(*image);
    if (!map) return Unexpected{map.error()};
    if (auto kept = cache.put(photos[i].id, map->scene()); !kept) return Unexpected{std::move(kept).error()};
    ++encoded;
  }
  return encoded;
}

/// The whole of a photo as one vector. Not the encoder's own head, which is made to tell individuals apart:
/// here kinds of things are wanted.
Regions pooled(const FeatureMap& map) { return embed_view({{map}}, plain_head(map.channels)); }

Result<LinearProbes> train_probes(const std::vector<PhotoRecord>& photos, const CropTask& task, FeatureCache& cache) {
  ProbeExamples examples;
  examples.classes = task.classes();
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const auto map = cache.get(photos[i].id);
    if (!map) return Unexpected{map.error()};
    const Regions whole = pooled(*map);
    examples.dimensions = whole.dimensions;
    examples.values.insert(examples.values.end(), whole.values.begin(), whole.values.end());
    examples.labels.push_back(task.labels(i));
  }
  return LinearProbes::train(examples);
}

std::vector<float> sum(std::span<const float> a, std::span<const float> b) {
  std::vector<float> result(a.begin(), a.end());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] += b[i];
  return result;
}

/// Looks for the things in the maps of their photos.
Result<std::vector<CropRecord>> locate(const std::vector<PhotoRecord>& photos, const CropTask& task,
                                       FeatureCache& cache) {
  std::vector<CropRecord> crops;
  if (task.wanted().empty()) return crops;
  const auto probes = train_probes(photos, task, cache);
  if (!probes) return Unexpected{probes.error()};
  for (const Wanted& wanted : task.wanted()) {
    const PhotoRecord& photo = photos[wanted.photo];
    const auto map = cache.get(photo.id);
    if (!map) return Unexpected{map.error()};
    const std::size_t number = task.class_of(wanted.key);
    const std::size_t kind = task.class_of(wanted.kind);
    const Spot spot = hottest_spot(activation(*map, sum(probes->weights(number), probes->weights(kind))));
    const float likely = std::clamp(probes->score(number, pooled(*map).values), 0.0F, 1.0F);
    const float score = likely * spot.share;
    // A folder's photos were taken of their thing: where the probe is unsure, all of it is the thing.
    const bool is_whole = wanted.thing.captions == 0 && score < kUnsure;
    crops.push_back(make_crop(photo, wanted.thing, is_whole ? Box{} : spot.box, score));
  }
  return crops;
}

/// Puts the crops into the order of the photos; those of one photo stay as they are.
void sort_by_photo(std::vector<CropRecord>& crops, const std::vector<PhotoRecord>& photos) {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < photos.size(); ++i) places[photos[i].id] = i;
  std::stable_sort(crops.begin(), crops.end(),
                   [&](const CropRecord& a, const CropRecord& b) { return places[a.photo] < places[b.photo]; });
}

}  // namespace

Result<CropReport> find_crops(const fs::path& folder, const Encoder& encoder, const CropOptions& options,
                              const OnStep& on_step) {
  const auto photos = read_photos(folder);
  if (!photos) return Unexpected{photos.error()};
  const auto boxes = read_given_boxes(options.boxes);
  if (!boxes) return Unexpected{boxes.error()};
  auto cache = FeatureCache::open(folder / kCacheFile, encoder.fingerprint());
  if (!cache) return Unexpected{std::move(cache).error()};
  const auto encoded = encode_all(folder, *photos, encoder, *cache, on_step);
  if (!encoded) return Unexpected{encoded.error()};

  const CropTask task(*photos, *boxes, options);
  auto crops = locate(*photos, task, *cache);
  if (!crops) return Unexpected{std::move(crops).error()};
  crops->insert(crops->end(), task.given().begin(), task.given().end());
  sort_by_photo(*crops, *photos);
  if (auto written = write_crops(folder, *crops); !written) return Unexpected{std::move(written).error()};
  std::set<std::string> with;
  for (const CropRecord& crop : *crops) with.insert(crop.photo);
  return CropReport{.photos = photos->size(),
                    .encoded = *encoded,
                    .classes = task.classes(),
                    .crops = crops->size(),
                    .without = photos->size() - with.size()};
}

}  // namespace rap::dataset
