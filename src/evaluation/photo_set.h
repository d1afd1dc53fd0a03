// SPDX-License-Identifier: Apache-2.0
// Photos of subjects, embedded once: what evaluations of retrieval draw from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "rap/engines.h"
#include "rap/result.h"
#include "retrieval/regions.h"

namespace rap::evaluation {

/// A photo file, whom or what it shows, and what it may be used for.
struct PhotoFile {
  std::filesystem::path path;
  std::size_t subject = 0;  ///< in PhotoFolder::subjects
  bool can_be_remembered = true;
  bool can_be_asked = true;
};

/// A folder that holds one folder of photos a subject, sorted by name.
struct PhotoFolder {
  std::string name;
  std::vector<std::string> subjects;
  std::vector<PhotoFile> photos;
};

/// Which subjects and photos of a folder take part.
struct Selection {
  std::vector<std::string> subjects;  ///< names of their folders; empty = all
  std::string remember;               ///< photos are remembered if their file name begins with this,
  std::string ask;                    ///< and asked about if it begins with this
  std::size_t least = 2;              ///< fewest photos of a subject; with 1, it may be one that can only stay unknown
};

/// Lists DIR/<subject>/*, without photos that can neither be remembered nor asked about. A subject takes part if
/// it has enough of them, one that can be remembered and another (or the same, if it is the only one) asked about.
/// kNotFound if the folder is missing; kInvalidArgument if fewer than two subjects are left, as no question can then be
/// asked of it.
[[nodiscard]] Result<PhotoFolder> list_subjects(const std::filesystem::path& folder, const Selection& selection = {});

/// All photos below a folder, sorted by path. kNotFound if the folder is missing or there is none.
[[nodiscard]] Result<std::vector<std::filesystem::path>> list_photos(const std::filesystem::path& folder);

/// Chooses `count` photos (or all, if there are fewer) below `folders` at random, as photos of `count` different
/// subjects called "distractor 1" and so on, which are never asked about. Fails like list_photos().
[[nodiscard]] Result<PhotoFolder> draw_distractors(std::span<const std::filesystem::path> folders, std::size_t count,
                                                   std::uint64_t seed);

/// Reads and decodes a photo file. Fails like read_file() and decode_photo(), the message naming the file.
[[nodiscard]] Result<Image> read_photo(const std::filesystem::path& photo);

/// The regions of a photo that is asked about, from its look and, where it is large, a fine one, as when serving.
[[nodiscard]] Result<Regions> look_for_regions(const Encoder& encoder, const Image& photo, const Features& look);

/// What one look at a photo gives retrieval.
struct EmbeddedPhoto {
  std::filesystem::path path;
  std::size_t subject = 0;
  Regions regions;     ///< when it is asked about; empty if it never is
  AlignedFloats view;  ///< when it is remembered
  bool can_be_remembered = true;
  bool can_be_asked = true;
};

struct PhotoSet {
  std::string name;
  std::vector<std::string> subjects;
  std::vector<EmbeddedPhoto> photos;
  std::size_t dimensions = 0;
};

/// Called after each look; returning false cancels.
using OnPhoto = std::function<bool()>;

/// Decodes and encodes every photo once. Regions are kept only of photos that can be asked about: they are
/// large. Fails like read_photo() and Encoder::encode(), the
/// message naming the file; kCancelled when `on_photo` asks for it.
[[nodiscard]] Result<PhotoSet> embed_photos(const PhotoFolder& folder, const Encoder& encoder, const OnPhoto& on_photo);

}  // namespace rap::evaluation
