// SPDX-License-Identifier: Apache-2.0
#include "cli/photos.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <istream>
#include <optional>
#include <system_error>
#include <utility>

#include "core/files.h"
#include "image/photo.h"
#include "image/photo_name.h"
#include "image/pixel_box.h"

namespace rap::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStandardInput = "-";

Result<Bytes> read_stream(std::istream& in) {
  Bytes bytes;
  std::array<char, std::size_t{64} * 1024> piece{};
  while (in.read(piece.data(), piece.size()) || in.gcount() > 0) {
    const auto* begin = reinterpret_cast<const std::byte*>(piece.data());
    bytes.insert(bytes.end(), begin, begin + in.gcount());
    if (bytes.size() > Limits::kPhotoBytes)
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the photo on standard input is larger than {} bytes", Limits::kPhotoBytes), "photo");
  }
  return bytes;
}

/// The photos below a folder, sorted.
Result<std::vector<std::string>> walk(const fs::path& folder) {
  std::vector<std::string> photos;
  std::error_code error;
  fs::recursive_directory_iterator place(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && place != fs::recursive_directory_iterator(); place.increment(error)) {
    std::error_code ignored;
    if (place->is_regular_file(ignored) && has_photo_name(place->path())) photos.push_back(place->path().string());
  }
  if (error) return fail(ErrorCode::kIo, fmt::format("cannot walk {}: {}", folder.string(), error.message()), "photo");
  std::sort(photos.begin(), photos.end());
  return photos;
}

std::string label_of(const std::string& name, double probability) {
  return fmt::format("{} {:.0f} %", name, probability * 100);
}

void add_annotations(std::span<const Match> matches, bool accepted, std::vector<Annotation>& annotations) {
  for (const Match& match : matches)
    if (match.region) annotations.push_back({*match.region, label_of(match.name, match.probability), accepted});
}

}  // namespace

Result<Bytes> read_photo(const Console& console, const std::string& path) {
  if (path == kStandardInput) return read_stream(console.in);
  auto bytes = read_file(path, Limits::kPhotoBytes);
  if (!bytes) {
    Error error = std::move(bytes).error();
    error.field = "photo";
    return Unexpected{std::move(error)};
  }
  return bytes;
}

Result<std::vector<std::string>> find_photos(std::span<const std::string> paths) {
  std::vector<std::string> photos;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path != kStandardInput && !fs::exists(path, error))
      return fail(ErrorCode::kNotFound, fmt::format("there is no file or folder {}", path), "photo");
    if (!fs::is_directory(path, error)) {
      photos.push_back(path);
      continue;
    }
    auto found = walk(path);
    if (!found) return found;
    photos.insert(photos.end(), found->begin(), found->end());
  }
  if (photos.empty())
    return fail(ErrorCode::kNotFound, fmt::format("there are no photos below {}", paths.front()), "photo");
  return photos;
}

Result<Box> parse_box(std::string_view text, std::span<const std::byte> photo) {
  const auto pixels = parse_pixel_box(text);
  if (!pixels)
    return fail(ErrorCode::kInvalidArgument, "a box is x,y,width,height in pixels, for example 40,60,200,180",
                "arguments");
  return box_in_photo(*pixels, photo);
}

Result<void> write_annotated(std::span<const std::byte> photo, const Recognition& recognition, const fs::path& file) {
  std::vector<Annotation> annotations;
  add_annotations(recognition.near, false, annotations);
  for (const Doubt& doubt : recognition.doubts) {
    annotations.push_back({doubt.region, label_of(doubt.name(), doubt.probability), true});
  }
  add_annotations(recognition.matches, true, annotations);  // last, so that they lie on top
  const auto image = decode_photo(photo);
  if (!image) return Unexpected{image.error()};
  const auto drawn = annotate(*image, annotations);
  if (!drawn) return Unexpected{drawn.error()};
  const std::string extension = lower_extension(file);
  const bool jpeg = extension == ".jpg" || extension == ".jpeg";
  const auto encoded = jpeg ? encode_jpeg(*drawn) : encode_png(*drawn);
  if (!encoded) return Unexpected{encoded.error()};
  return write_file(file, *encoded);
}

AnnotatedFiles::AnnotatedFiles(fs::path target, std::size_t photos) : target_(std::move(target)) {
  std::error_code error;
  is_folder_ = photos > 1 || fs::is_directory(target_, error);
}

Result<fs::path> AnnotatedFiles::next(const std::string& photo) {
  if (!is_folder_) return target_;
  std::error_code error;
  fs::create_directories(target_, error);
  if (error)
    return fail(ErrorCode::kIo, fmt::format("cannot make the folder {}: {}", target_.string(), error.message()),
                "annotate");
  const std::string stem = photo == kStandardInput ? "stdin" : fs::path(photo).stem().string();
  fs::path file = target_ / (stem + ".png");
  for (int copy = 2; std::find(given_.begin(), given_.end(), file) != given_.end(); ++copy)
    file = target_ / fmt::format("{}-{}.png", stem, copy);
  given_.push_back(file);
  return file;
}

}  // namespace rap::cli
