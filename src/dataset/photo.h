// SPDX-License-Identifier: Apache-2.0
// What `rap dataset collect` gathers: photos with what is known of them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/conversation.h"
#include "rap/result.h"

namespace rap::dataset {

/// One collected photo.
struct PhotoRecord {
  std::string id;        ///< first 16 hex digits of the sha256 of its file, unique in the set
  std::string image;     ///< copy of the file, relative to the set's folder
  std::string source;    ///< name of the source in the recipe
  std::string original;  ///< path in the source's folder
  std::string licence;
  Split split = Split::kTrain;
  int width = 0;  ///< oriented, in pixels
  int height = 0;
  std::vector<std::string> captions;
  std::string category;  ///< of its folder, in words ("water lilly"); empty = unknown
  std::string instance;  ///< "<source>/<folder>" if all photos of the folder show the same one; empty = unknown

  friend bool operator==(const PhotoRecord&, const PhotoRecord&) = default;
};

/// A concept as one photo shows it.
struct CropRecord {
  std::string photo;                              ///< PhotoRecord::id
  Box box;                                        ///< where it is
  std::string noun;                               ///< what it is: "dog", "girl", "mug"
  std::string category;                           ///< kind of thing: "animal", "person", or the noun itself
  std::string phrase;                             ///< the captions' words for it ("a brown dog"), or empty
  std::map<std::string, std::string> attributes;  ///< "colour": "brown", ...
  std::string instance;                           ///< as PhotoRecord::instance
  float score = 0.0F;                             ///< of the finder, for choosing among crops; 1 for a given box

  friend bool operator==(const CropRecord&, const CropRecord&) = default;
};

/// photos.jsonl and crops.jsonl. Reading fails with kNotFound, or kCorrupt with the line's number.
[[nodiscard]] Result<std::vector<PhotoRecord>> read_photos(const std::filesystem::path& folder);
[[nodiscard]] Result<void> write_photos(const std::filesystem::path& folder, const std::vector<PhotoRecord>& photos);
[[nodiscard]] Result<std::vector<CropRecord>> read_crops(const std::filesystem::path& folder);
[[nodiscard]] Result<void> write_crops(const std::filesystem::path& folder, const std::vector<CropRecord>& crops);

}  // namespace rap::dataset
