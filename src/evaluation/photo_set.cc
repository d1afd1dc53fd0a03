// SPDX-License-Identifier: Apache-2.0
#include "evaluation/photo_set.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/files.h"
#include "core/random.h"
#include "image/photo.h"

namespace rap::evaluation {
namespace {

namespace fs = std::filesystem;

bool is_photo(const fs::directory_entry& entry) {
  static constexpr std::array kExtensions{".jpg", ".jpeg", ".png", ".webp", ".JPG", ".JPEG", ".PNG"};
  const std::string extension = entry.path().extension().string();
  return entry.is_regular_file() && std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

Result<std::vector<fs::path>> photos_below(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> photos;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_photo(*entry)) photos.push_back(entry->path());
  }
  if (error) return fail(ErrorCode::kNotFound, "cannot read the folder '" + folder.string() + "': " + error.message());
  std::sort(photos.begin(), photos.end());
  return photos;
}

Result<EmbeddedPhoto> embed_photo(const PhotoFile& photo, const Encoder& encoder, Keep keep) {
  const auto file = read_file(photo.path, Limits::kPhotoBytes);
  if (!file) return Unexpected{file.error()};
  const auto image = decode_photo(*file);
  if (!image) return Unexpected{image.error()};
  const auto map = encoder.encode(*image);
  if (!map) return Unexpected{map.error()};
  return EmbeddedPhoto{.path = photo.path,
                       .subject = photo.subject,
                       .regions = keep == Keep::kEverything ? embed_regions(*map, encoder.head()) : Regions{},
                       .view = embed_view(*map, encoder.head()).values};
}

}  // namespace

Result<PhotoFolder> list_subjects(const fs::path& folder, std::size_t least) {
  const auto photos = photos_below(folder);
  if (!photos) return Unexpected{photos.error()};
  std::map<std::string, std::vector<fs::path>> by_subject;
  for (const fs::path& photo : *photos) {
    if (photo.parent_path().parent_path() == folder)
      by_subject[photo.parent_path().filename().string()].push_back(photo);
  }
  PhotoFolder listed{.name = folder.filename().string(), .subjects = {}, .photos = {}};
  for (const auto& [subject, files] : by_subject) {
    if (files.size() < least) continue;
    for (const fs::path& file : files) listed.photos.push_back({file, listed.subjects.size()});
    listed.subjects.push_back(subject);
  }
  if (listed.subjects.size() < 2) {
    return fail(ErrorCode::kInvalidArgument, "'" + folder.string() + "' has " + std::to_string(listed.subjects.size()) +
                                                 " folders with " + std::to_string(least) +
                                                 " or more photos; it takes at least two");
  }
  return listed;
}

Result<PhotoFolder> draw_distractors(const fs::path& folder, std::size_t count, std::uint64_t seed) {
  auto photos = photos_below(folder);
  if (!photos) return Unexpected{photos.error()};
  if (photos->empty()) return fail(ErrorCode::kNotFound, "there are no photos below '" + folder.string() + "'");
  Random random(seed);
  random.shuffle(*photos);
  photos->resize(std::min(photos->size(), count));
  PhotoFolder drawn{.name = folder.filename().string(), .subjects = {}, .photos = {}};
  for (const fs::path& photo : *photos) {
    drawn.photos.push_back({photo, drawn.subjects.size()});
    drawn.subjects.push_back("distractor " + std::to_string(drawn.subjects.size() + 1));
  }
  return drawn;
}

Result<PhotoSet> embed_photos(const PhotoFolder& folder, const Encoder& encoder, Keep keep, const OnPhoto& on_photo) {
  PhotoSet set{.name = folder.name, .subjects = folder.subjects, .photos = {}, .dimensions = encoder.head().dimensions};
  set.photos.reserve(folder.photos.size());
  for (const PhotoFile& photo : folder.photos) {
    auto embedded = embed_photo(photo, encoder, keep);
    if (!embedded) {
      Error error = embedded.error();
      error.message = "'" + photo.path.string() + "': " + error.message;
      return Unexpected{std::move(error)};
    }
    set.photos.push_back(std::move(*embedded));
    if (on_photo && !on_photo()) return fail(ErrorCode::kCancelled, "interrupted");
  }
  return set;
}

}  // namespace rap::evaluation
