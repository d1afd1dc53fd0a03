// SPDX-License-Identifier: Apache-2.0
// The pictures that conversations need beside the collected photos: avatars and compositions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/compose.h"
#include "dataset/subjects.h"
#include "rap/result.h"

namespace rap::dataset {

struct PictureOptions {
  std::uint64_t seed = 1;
  int side = 448;  ///< photos are decoded to at most this
  int jpeg_quality = 90;
};

/// Makes pictures below images/ of a set. The last decoded photo is kept, so ask for those of one
/// photo in a row. Not thread-safe.
class Pictures {
 public:
  Pictures(std::filesystem::path folder, const Subjects& subjects, const PictureOptions& options);

  /// Where an avatar of a subject is, relative to the set's folder.
  [[nodiscard]] static std::string avatar_path(const Subject& subject, std::size_t view);

  /// Makes an avatar: another view of the subject's crop, its background sometimes that of another
  /// photo. False if the file was there already. Fails like decode_photo(), or kIo.
  [[nodiscard]] Result<bool> make_avatar(std::size_t subject, std::size_t view);

  /// Where the composition of a context is, relative to the set's folder.
  [[nodiscard]] static std::string composition_path(const std::string& context);

  /// Lays photos into one picture; the boxes of the parts, in their order.
  [[nodiscard]] Result<std::vector<Box>> make_composition(const std::string& context,
                                                          const std::vector<const PhotoRecord*>& photos, Layout layout);

 private:
  [[nodiscard]] Result<Image> decode(const PhotoRecord& photo) const;
  [[nodiscard]] Result<const Image*> current(const PhotoRecord& photo);
  [[nodiscard]] Result<void> save(const std::string& path, const Image& image) const;

  std::filesystem::path folder_;
  const Subjects& subjects_;
  PictureOptions options_;
  std::string current_id_;
  Image current_;
};

}  // namespace rap::dataset
