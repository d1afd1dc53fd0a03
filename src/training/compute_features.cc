// SPDX-License-Identifier: Apache-2.0
#include "training/compute_features.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "core/files.h"
#include "generation/feature_grid.h"
#include "image/photo.h"

namespace rap::training {
namespace {

void mirror(Image& image) {
  const auto width = static_cast<std::size_t>(image.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y) {
    std::uint8_t* row = image.rgb.data() + 3 * y * width;
    for (std::size_t x = 0; x < width / 2; ++x)
      std::swap_ranges(row + 3 * x, row + 3 * x + 3, row + 3 * (width - 1 - x));
  }
}

Result<std::vector<float>> features_of(const std::string& key, const std::filesystem::path& folder,
                                       const Encoder& encoder, int grid) {
  const bool is_mirrored = key.ends_with(kMirrored);
  const std::string file = is_mirrored ? key.substr(0, key.size() - std::string_view(kMirrored).size()) : key;
  const auto bytes = read_file(folder / file, Limits::kPhotoBytes);
  if (!bytes) return Unexpected{bytes.error()};
  auto image = decode_photo(*bytes);
  if (!image) return fail(image.error().code, "'" + file + "': " + image.error().message);
  if (is_mirrored) mirror(*image);
  const auto features = encoder.encode(*image);
  if (!features) return Unexpected{features.error()};
  return pool_grid(features->scene(), grid);
}

}  // namespace

std::vector<std::string> picture_keys(const std::vector<Lesson>& lessons, bool mirrored) {
  std::vector<std::string> keys;
  std::unordered_set<std::string> known;
  const auto add = [&](std::string key) {
    if (known.insert(key).second) keys.push_back(std::move(key));
  };
  for (const Lesson& lesson : lessons) {
    for (const std::string& picture : lesson.pictures) add(picture);
    if (mirrored && lesson.pictures.size() == 1) add(lesson.pictures.front() + kMirrored);
  }
  return keys;
}

Result<void> compute_features(const std::vector<std::string>& keys, const std::filesystem::path& folder,
                              const Encoder& encoder, FeatureStore& store, const std::function<bool()>& on_picture) {
  for (const std::string& key : keys) {
    if (!store.contains(key)) {
      const auto features = features_of(key, folder, encoder, store.kind().grid);
      if (!features) return Unexpected{features.error()};
      if (auto added = store.add(key, *features); !added) return added;
    }
    if (!on_picture()) return fail(ErrorCode::kCancelled, "stopped; the features computed so far are kept");
  }
  return {};
}

}  // namespace rap::training
