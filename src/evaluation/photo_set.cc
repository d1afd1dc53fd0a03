// SPDX-License-Identifier: Apache-2.0
#include "evaluation/photo_set.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

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

/// Photos of each subject that take part.
using BySubject = std::map<std::string, std::vector<PhotoFile>>;

/// Whether one photo can be remembered and another one asked about.
bool can_take_part(const std::vector<PhotoFile>& photos, std::size_t least) {
  const auto remembered =
      std::count_if(photos.begin(), photos.end(), [](const auto& p) { return p.can_be_remembered; });
  const auto asked = std::count_if(photos.begin(), photos.end(), [](const auto& p) { return p.can_be_asked; });
  return remembered > 0 && asked > 0 && photos.size() >= least;
}

Unexpected naming(const fs::path& photo, Error error) {
  error.message = "'" + photo.string() + "': " + error.message;
  return Unexpected{std::move(error)};
}

Result<EmbeddedPhoto> embed_photo(const PhotoFile& photo, const Encoder& encoder) {
  const auto image = read_photo(photo.path);
  if (!image) return Unexpected{image.error()};
  const auto map = encoder.encode(*image);
  if (!map) return naming(photo.path, map.error());
  auto regions = photo.can_be_asked ? look_for_regions(encoder, *image, *map) : Regions{};
  if (!regions) return naming(photo.path, regions.error());
  return EmbeddedPhoto{.path = photo.path,
                       .subject = photo.subject,
                       .regions = std::move(*regions),
                       .view = embed_view(*map, encoder.head()).values,
                       .can_be_remembered = photo.can_be_remembered,
                       .can_be_asked = photo.can_be_asked};
}

}  // namespace

Result<std::vector<fs::path>> list_photos(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> photos;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_photo(*entry)) photos.push_back(entry->path());
  }
  if (error) return fail(ErrorCode::kNotFound, "cannot read the folder '" + folder.string() + "': " + error.message());
  if (photos.empty()) return fail(ErrorCode::kNotFound, "there are no photos below '" + folder.string() + "'");
  std::sort(photos.begin(), photos.end());
  return photos;
}

Result<PhotoFolder> list_subjects(const fs::path& folder, const Selection& selection) {
  const auto photos = list_photos(folder);
  if (!photos) return Unexpected{photos.error()};
  BySubject by_subject;
  for (const fs::path& path : *photos) {
    if (path.parent_path().parent_path() != folder) continue;
    const std::string subject = path.parent_path().filename().string();
    const auto& wanted = selection.subjects;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), subject) == wanted.end()) continue;
    const std::string name = path.filename().string();
    const PhotoFile photo{.path = path,
                          .subject = 0,
                          .can_be_remembered = name.starts_with(selection.remember),
                          .can_be_asked = name.starts_with(selection.ask)};
    if (photo.can_be_remembered || photo.can_be_asked) by_subject[subject].push_back(photo);
  }
  PhotoFolder listed{.name = folder.filename().string(), .subjects = {}, .photos = {}};
  for (auto& [subject, files] : by_subject) {
    if (!can_take_part(files, selection.least)) continue;
    for (PhotoFile& file : files) {
      file.subject = listed.subjects.size();
      listed.photos.push_back(std::move(file));
    }
    listed.subjects.push_back(subject);
  }
  if (listed.subjects.size() < 2) {
    return fail(ErrorCode::kInvalidArgument,
                "'" + folder.string() + "' has " + std::to_string(listed.subjects.size()) +
                    " folders with a photo to remember and another to ask about; it takes at least two");
  }
  return listed;
}

Result<PhotoFolder> draw_distractors(std::span<const fs::path> folders, std::size_t count, std::uint64_t seed) {
  std::vector<fs::path> photos;
  for (const fs::path& folder : folders) {
    const auto listed = list_photos(folder);
    if (!listed) return Unexpected{listed.error()};
    photos.insert(photos.end(), listed->begin(), listed->end());
  }
  Random(seed).shuffle(photos);
  photos.resize(std::min(photos.size(), count));
  PhotoFolder drawn{.name = "distractors", .subjects = {}, .photos = {}};
  for (const fs::path& photo : photos) {
    drawn.photos.push_back({.path = photo, .subject = drawn.subjects.size(), .can_be_asked = false});
    drawn.subjects.push_back("distractor " + std::to_string(drawn.subjects.size() + 1));
  }
  return drawn;
}

Result<Image> read_photo(const fs::path& photo) {
  const auto file = read_file(photo, Limits::kPhotoBytes);
  if (!file) return naming(photo, file.error());
  auto image = decode_photo(*file);
  if (!image) return naming(photo, image.error());
  return image;
}

Result<Regions> look_for_regions(const Encoder& encoder, const Image& photo, const Features& look) {
  const auto fine = encoder.encode_finely(photo);
  if (!fine) return Unexpected{fine.error()};
  return embed_regions(look, encoder.head(), {.fine = *fine ? &**fine : nullptr});
}

Result<PhotoSet> embed_photos(const PhotoFolder& folder, const Encoder& encoder, const OnPhoto& on_photo) {
  PhotoSet set{.name = folder.name, .subjects = folder.subjects, .photos = {}, .dimensions = encoder.head().dimensions};
  set.photos.reserve(folder.photos.size());
  for (const PhotoFile& photo : folder.photos) {
    auto embedded = embed_photo(photo, encoder);
    if (!embedded) return Unexpected{embedded.error()};
    set.photos.push_back(std::move(*embedded));
    if (on_photo && !on_photo()) return fail(ErrorCode::kCancelled, "interrupted");
  }
  return set;
}

}  // namespace rap::evaluation
