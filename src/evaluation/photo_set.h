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

/// A photo file and whom or what it shows.
struct PhotoFile {
  std::filesystem::path path;
  std::size_t subject = 0;  ///< in PhotoFolder::subjects
};

/// A folder that holds one folder of photos a subject, sorted by name.
struct PhotoFolder {
  std::string name;
  std::vector<std::string> subjects;
  std::vector<PhotoFile> photos;
};

/// Lists DIR/<subject>/*, subjects with at least `least` photos. kNotFound if the folder is missing;
/// kInvalidArgument if it has fewer than two such subjects, as no question can then be asked of it.
[[nodiscard]] Result<PhotoFolder> list_subjects(const std::filesystem::path& folder, std::size_t least = 2);

/// Chooses `count` photos (or all, if there are fewer) below `folder` at random, as photos of
/// `count` different subjects called "distractor 1" and so on. kNotFound if there is none.
[[nodiscard]] Result<PhotoFolder> draw_distractors(const std::filesystem::path& folder, std::size_t count,
                                                   std::uint64_t seed);

/// What one look at a photo gives retrieval.
struct EmbeddedPhoto {
  std::filesystem::path path;
  std::size_t subject = 0;
  Regions regions;          ///< when it is asked about
  std::vector<float> view;  ///< when it is remembered
};

struct PhotoSet {
  std::string name;
  std::vector<std::string> subjects;
  std::vector<EmbeddedPhoto> photos;
  std::size_t dimensions = 0;
};

/// Called after each look; returning false cancels.
using OnPhoto = std::function<bool()>;

/// What embed_photos() keeps: distractors are never asked about, and their regions are large.
enum class Keep { kEverything, kViews };

/// Decodes and encodes every photo once. Fails like decode_photo() and Encoder::encode(), the
/// message naming the file; kCancelled when `on_photo` asks for it.
[[nodiscard]] Result<PhotoSet> embed_photos(const PhotoFolder& folder, const Encoder& encoder, Keep keep,
                                            const OnPhoto& on_photo);

}  // namespace rap::evaluation
