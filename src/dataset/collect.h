// SPDX-License-Identifier: Apache-2.0
// First step of the pipeline: photos of several sources become one set.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/photo.h"
#include "rap/result.h"

namespace rap::dataset {

/// What a source's folder holds; the words of recipes in brackets.
enum class SourceKind {
  kCaptions,    ///< photos with a file of lines `file<TAB>caption` ("captions")
  kCategories,  ///< a folder of photos a category ("categories")
  kInstances,   ///< a folder of photos an individual ("instances")
  kRap260k,     ///< the photos that a file in the shape of RAP-260K names ("rap260k")
  kLlava,       ///< the photos that a file in LLaVA's shape names ("llava")
};

[[nodiscard]] std::string_view source_word(SourceKind kind);
[[nodiscard]] std::optional<SourceKind> source_kind_of(std::string_view word);

/// Where photos come from. Patterns match a photo's path below `folder`, with `/` between its parts;
/// `*` stands for any characters but `/`, `**` for any, `?` for one.
struct Source {
  std::string name;  ///< unique in a recipe
  SourceKind kind = SourceKind::kCaptions;
  std::filesystem::path folder;    ///< of the photos, searched with all folders below it
  std::filesystem::path captions;  ///< kCaptions: its captions
  std::filesystem::path json;      ///< kRap260k, kLlava: its conversations
  std::string licence;             ///< terms of the photos, for people

  /// Categories of folders whose names do not say them ("car_side" -> "car"); empty = unknown.
  std::map<std::string, std::string> categories;

  // Which photos go where: by a list that names them, by their file's name, else all to `otherwise`.
  std::filesystem::path train_list;  ///< files of one photo's path a line; may be empty
  std::filesystem::path dev_list;
  std::filesystem::path test_list;
  bool split_by_prefix = false;  ///< a file's name starts with train_, val_ or test_
  Split otherwise = Split::kTrain;

  std::vector<std::string> include;  ///< patterns; empty = all photos
  std::vector<std::string> exclude;  ///< patterns of photos left out
};

/// What collect() did.
struct CollectReport {
  std::size_t photos = 0;
  std::size_t reused = 0;  ///< known from an earlier run, not decoded again
  std::size_t damaged = 0;
  std::size_t duplicates = 0;   ///< the same file again
  std::size_t look_alikes = 0;  ///< almost the same pixels again
};

struct CollectOptions {
  int near_distance = 3;  ///< look-alikes differ in at most this many of 64 bits, 31 at most; negative = keep them all
};

/// Called before each photo, with how many are done; returning false stops (kCancelled).
using OnStep = std::function<bool(std::size_t done, std::size_t total)>;

/// Gathers the sources' photos into the set in `folder`: photos.jsonl, skipped.jsonl and images/.
/// Every photo is decoded once to see that it is whole, then linked (or copied) to
/// images/<id>.<extension>. The same file twice becomes one photo with the captions of both;
/// photos of one source that look almost alike become one too, unless they show different
/// instances. Of duplicates in several splits the held-out one stays (test, then dev, then train),
/// so that no step of training sees a test photo. A damaged photo is listed, never fatal. The
/// result depends only on the files; a second run decodes only what is new. A line of
/// skipped.jsonl has `source`, `original` (path in its folder), `reason`, and for a duplicate `photo`,
/// the id of the one that stands for it.
/// kNotFound for a folder or list that is missing, kInvalidArgument for a source that lacks what its
/// kind needs, kCancelled.
[[nodiscard]] Result<CollectReport> collect(const std::filesystem::path& folder, const std::vector<Source>& sources,
                                            const CollectOptions& options, const OnStep& on_step);

}  // namespace rap::dataset
