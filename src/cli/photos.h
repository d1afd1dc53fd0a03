// SPDX-License-Identifier: Apache-2.0
// Photos on the command line: reading them, boxes in them, drawing on them.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console.h"
#include "rap/assistant.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap::cli {

/// Reads a photo file, or standard input for "-". Errors have the field "photo".
[[nodiscard]] Result<Bytes> read_photo(const Console& console, const std::string& path);

/// The photos that `paths` stand for: files as given, folders walked (files with a photo's
/// extension, sorted). kNotFound if a path does not exist, or if there are no photos at all.
[[nodiscard]] Result<std::vector<std::string>> find_photos(std::span<const std::string> paths);

/// "x,y,width,height" in pixels of the oriented photo, as fractions of it. kInvalidArgument unless it is four numbers
/// (field "arguments") and a box inside the photo (field "box").
[[nodiscard]] Result<Box> parse_box(std::string_view text, std::span<const std::byte> photo);

/// Writes the photo with boxes and names of matches and near misses to a PNG or, by the
/// extension, JPEG file.
[[nodiscard]] Result<void> write_annotated(std::span<const std::byte> photo, const Recognition& recognition,
                                           const std::filesystem::path& file);

/// Where the annotated pictures of several photos go: the file itself for one photo, else a
/// folder of PNG files called like the photos.
class AnnotatedFiles {
 public:
  /// `target` empty: none are wanted.
  AnnotatedFiles(std::filesystem::path target, std::size_t photos);

  [[nodiscard]] bool wanted() const { return !target_.empty(); }

  /// The file for the next photo; makes the folder.
  [[nodiscard]] Result<std::filesystem::path> next(const std::string& photo);

 private:
  std::filesystem::path target_;
  bool is_folder_;
  std::vector<std::filesystem::path> given_;
};

}  // namespace rap::cli
