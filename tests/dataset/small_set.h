// SPDX-License-Identifier: Apache-2.0
// A small set made in code: photos of noise with captions, categories and instances, and their crops.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/random.h"
#include "dataset/photo.h"
#include "image/photo.h"

namespace rap::testing {

/// Writes photos.jsonl, crops.jsonl and images/ of 24 photos: 12 of dogs and people with captions, 6 of
/// teapots, 6 of two cartons; a third of each is held out for dev.
inline void make_small_set(const std::filesystem::path& folder) {
  using namespace rap::dataset;
  Random random(7);
  std::vector<PhotoRecord> photos;
  std::vector<CropRecord> crops;
  std::filesystem::create_directories(folder / "images");
  const auto add_photo = [&](const std::string& source, int number) -> PhotoRecord& {
    Image image{64, 48, {}};
    for (int i = 0; i < 3 * 64 * 48; ++i) image.rgb.push_back(static_cast<std::uint8_t>(random.below(256)));
    const std::string id = source + std::to_string(number);
    const auto file = encode_jpeg(image);
    EXPECT_TRUE(file && write_file(folder / "images" / (id + ".jpg"), *file));
    PhotoRecord photo;
    photo.id = id;
    photo.image = "images/" + id + ".jpg";
    photo.source = source;
    photo.original = id + ".jpg";
    photo.licence = "made in code";
    photo.split = number % 3 == 2 ? Split::kDev : Split::kTrain;
    photo.width = 64;
    photo.height = 48;
    photos.push_back(photo);
    return photos.back();
  };
  for (int i = 0; i < 12; ++i) {
    PhotoRecord& photo = add_photo("scenes", i);
    const std::string colour = i % 2 == 0 ? "brown" : "black";
    photo.captions = {"A " + colour + " dog runs through the snow .", "A " + colour + " dog is running in the snow .",
                      "A man in a red shirt watches a " + colour + " dog .", "A dog plays with a man in a field .",
                      "The man and the dog are outside ."};
    crops.push_back(
        {photo.id, {0.1F, 0.2F, 0.4F, 0.5F}, "dog", "animal", "a " + colour + " dog", {{"colour", colour}}, "", 0.9F});
    crops.push_back({photo.id, {0.5F, 0.1F, 0.3F, 0.8F}, "man", "person", "a man", {}, "", 0.6F});
  }
  for (int i = 0; i < 6; ++i) {
    PhotoRecord& photo = add_photo("things", i);
    photo.category = "teapot";
    crops.push_back({photo.id, {0.2F, 0.2F, 0.6F, 0.6F}, "teapot", "teapot", "", {}, "", 1.0F});
  }
  for (int i = 0; i < 6; ++i) {
    PhotoRecord& photo = add_photo("shop", i);
    photo.category = "carton";
    photo.instance = photo.split == Split::kDev ? "shop/blue" : "shop/red";
    crops.push_back({photo.id, {0.0F, 0.0F, 1.0F, 1.0F}, "carton", "carton", "", {}, photo.instance, 1.0F});
  }
  EXPECT_TRUE(write_photos(folder, photos) && write_crops(folder, crops));
}

}  // namespace rap::testing
