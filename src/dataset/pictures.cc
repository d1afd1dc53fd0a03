// SPDX-License-Identifier: Apache-2.0
#include "dataset/pictures.h"

#include <fstream>
#include <utility>

#include "core/files.h"
#include "dataset/augment.h"
#include "dataset/seed.h"
#include "image/photo.h"

namespace rap::dataset {
namespace {

constexpr char kAvatars[] = "images/avatars/";
constexpr char kComposed[] = "images/composed/";

/// Writes a picture under another name and renames it. Not forced to the disk, as write_file() does:
/// there are tens of thousands, and a lost one is made again.
Result<void> write_picture(const std::filesystem::path& file, const Bytes& jpeg) {
  const std::filesystem::path temporary = file.string() + ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(jpeg.data()), static_cast<std::streamsize>(jpeg.size()));
  out.close();
  std::error_code failure;
  if (out) std::filesystem::rename(temporary, file, failure);
  if (!out || failure) return fail(ErrorCode::kIo, "cannot write '" + file.string() + "'");
  return {};
}

}  // namespace

Pictures::Pictures(std::filesystem::path folder, const Subjects& subjects, const PictureOptions& options)
    : folder_(std::move(folder)), subjects_(subjects), options_(options) {}

std::string Pictures::avatar_path(const Subject& subject, std::size_t view) {
  return kAvatars + subject.id + '-' + std::to_string(view) + ".jpg";
}

std::string Pictures::composition_path(const std::string& context) { return kComposed + context + ".jpg"; }

Result<Image> Pictures::decode(const PhotoRecord& photo) const {
  auto bytes = read_file(folder_ / photo.image, Limits::kPhotoBytes);
  if (!bytes) return Unexpected{std::move(bytes).error()};
  return decode_photo(*bytes, options_.side);
}

Result<const Image*> Pictures::current(const PhotoRecord& photo) {
  if (current_id_ != photo.id) {
    auto image = decode(photo);
    if (!image) return Unexpected{std::move(image).error()};
    current_ = std::move(*image);
    current_id_ = photo.id;
  }
  return &current_;
}

Result<void> Pictures::save(const std::string& path, const Image& image) const {
  const auto file = folder_ / path;
  std::error_code failure;
  std::filesystem::create_directories(file.parent_path(), failure);
  if (failure) return fail(ErrorCode::kIo, "cannot make '" + file.parent_path().string() + "': " + failure.message());
  auto jpeg = encode_jpeg(image, options_.jpeg_quality);
  if (!jpeg) return Unexpected{std::move(jpeg).error()};
  return write_picture(file, *jpeg);
}

Result<bool> Pictures::make_avatar(std::size_t index, std::size_t view) {
  const Subject& subject = subjects_[index];
  const std::string path = avatar_path(subject, view);
  std::error_code ignored;
  if (std::filesystem::exists(folder_ / path, ignored)) return false;
  const auto image = current(*subject.photo);
  if (!image) return Unexpected{image.error()};
  Random random(seed_of(options_.seed, path));
  const auto& others = subjects_.of_split(subject.photo->split);
  // Without the other photo the avatar keeps its own background.
  const auto background = decode(*subjects_[others[random.below(others.size())]].photo);
  const Image avatar =
      augment(**image, subject.crop->box, background ? &*background : nullptr, AugmentOptions{}, random);
  if (auto saved = save(path, avatar); !saved) return Unexpected{std::move(saved).error()};
  return true;
}

Result<std::vector<Box>> Pictures::make_composition(const std::string& context,
                                                    const std::vector<const PhotoRecord*>& photos, Layout layout) {
  std::vector<Image> parts;
  for (const PhotoRecord* photo : photos) {
    auto image = decode(*photo);
    if (!image) return Unexpected{std::move(image).error()};
    parts.push_back(std::move(*image));
  }
  const std::string path = composition_path(context);
  Random random(seed_of(options_.seed, path));
  auto composition = compose(parts, layout, random);
  if (!composition) return Unexpected{std::move(composition).error()};
  if (auto saved = save(path, composition->image); !saved) return Unexpected{std::move(saved).error()};
  return std::move(composition->boxes);
}

}  // namespace rap::dataset
