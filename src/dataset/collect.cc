// SPDX-License-Identifier: Apache-2.0
#include "dataset/collect.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <numeric>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "core/files.h"
#include "core/hash.h"
#include "dataset/near_duplicate.h"
#include "dataset/place_picture.h"
#include "dataset/record_cache.h"
#include "dataset/source_files.h"
#include "image/photo.h"

namespace rap::dataset {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kIdDigits = 16;
constexpr int kCheckedSide = 256;  ///< pixels enough for the difference hash; all of the file is read
constexpr char kChecksFile[] = "collect.cache";
constexpr char kSkippedFile[] = "skipped.jsonl";

/// What looking at a file's pixels tells; kept between runs under the file's hash.
struct Check {
  std::string damage;  ///< what is wrong; empty = nothing
  PhotoSize size;
  std::uint64_t hash = 0;
};

std::string text_of(const Check& check) {
  if (!check.damage.empty()) return "damaged " + check.damage;
  return std::to_string(check.size.width) + ' ' + std::to_string(check.size.height) + ' ' + std::to_string(check.hash);
}

template <class Number>
bool read_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return true;
}

std::optional<Check> check_of(std::string_view text) {
  constexpr std::string_view kDamaged = "damaged ";
  if (text.starts_with(kDamaged)) return Check{.damage = std::string(text.substr(kDamaged.size())), .size = {}};
  Check check;
  if (!read_number(text, check.size.width) || !read_number(text, check.size.height)) return std::nullopt;
  if (!read_number(text, check.hash)) return std::nullopt;
  return check;
}

Check look_at(const Bytes& file) {
  const auto size = photo_size(file);
  if (!size) return {.damage = size.error().message, .size = {}};
  const auto image = decode_photo(file, kCheckedSide);
  if (!image) return {.damage = image.error().message, .size = {}};
  return {.damage = {}, .size = *size, .hash = difference_hash(*image)};
}

/// A photo of a source on its way into the set.
struct Candidate {
  std::size_t source = 0;
  NamedPhoto photo;
};

/// Held-out photos come first, so that they stay when a training photo is their duplicate.
int precedence(Split split) { return split == Split::kTest ? 0 : split == Split::kDev ? 1 : 2; }

/// Gathers what the sources name, in the order in which duplicates are decided.
Result<std::vector<Candidate>> list_candidates(const std::vector<Source>& sources) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    auto photos = list_photos(sources[i]);
    if (!photos) return Unexpected{std::move(photos).error()};
    for (NamedPhoto& photo : *photos) candidates.push_back({i, std::move(photo)});
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return precedence(a.photo.split) < precedence(b.photo.split);
  });
  return candidates;
}

bool is_look_alike_source(const Source& source) {
  // Conversations of these sources tell photos apart that differ little.
  return source.kind != SourceKind::kRap260k && source.kind != SourceKind::kLlava;
}

bool is_same_kind(const PhotoRecord& record, const NamedPhoto& photo) {
  return record.instance == photo.instance && record.category == photo.category;
}

/// The set while it grows.
class Collector {
 public:
  Collector(const fs::path& folder, const std::vector<Source>& sources, const CollectOptions& options,
            RecordCache& checks)
      : folder_(folder), sources_(sources), options_(options), checks_(checks) {
    for (std::size_t i = 0; i < sources.size(); ++i) look_alikes_.emplace_back(std::max(0, options.near_distance));
  }

  Result<void> add(const Candidate& candidate) {
    const Source& source = sources_[candidate.source];
    const fs::path file = source.folder / fs::path(candidate.photo.original);
    const auto bytes = read_file(file, Limits::kPhotoBytes);
    if (!bytes) return damaged(candidate, bytes.error().message);
    const std::string id = sha256_hex(*bytes).substr(0, kIdDigits);
    if (const auto known = by_id_.find(id); known != by_id_.end()) {
      merge(records_[known->second], candidate.photo);
      ++report_.duplicates;
      return skip(candidate, "the same file", id);
    }
    const auto check = this->check(id, *bytes);
    if (!check) return Unexpected{check.error()};
    if (!check->damage.empty()) return damaged(candidate, check->damage);
    if (const PhotoRecord* same = look_alike(candidate, check->hash)) {
      ++report_.look_alikes;
      return skip(candidate, "looks the same", same->id);
    }
    return keep(candidate, id, *check);
  }

  Result<CollectReport> finish() {
    // In the order of the sources and their paths, whatever the order of the splits.
    std::vector<std::size_t> order(records_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::tie(source_of_[a], records_[a].original) < std::tie(source_of_[b], records_[b].original);
    });
    std::vector<PhotoRecord> photos;
    photos.reserve(order.size());
    for (const std::size_t i : order) photos.push_back(std::move(records_[i]));
    if (auto written = write_photos(folder_, photos); !written) return Unexpected{std::move(written).error()};
    if (auto written = write_file(folder_ / kSkippedFile, as_bytes(skipped_)); !written) {
      return Unexpected{std::move(written).error()};
    }
    report_.photos = photos.size();
    return report_;
  }

 private:
  Result<Check> check(const std::string& id, const Bytes& bytes) {
    if (const std::string* kept = checks_.find(id)) {
      if (auto known = check_of(*kept)) {
        ++report_.reused;
        return *std::move(known);
      }
    }
    Check seen = look_at(bytes);
    if (auto put = checks_.put(id, text_of(seen)); !put) return Unexpected{std::move(put).error()};
    return seen;
  }

  const PhotoRecord* look_alike(const Candidate& candidate, std::uint64_t hash) const {
    if (options_.near_distance < 0 || !is_look_alike_source(sources_[candidate.source])) return nullptr;
    const auto found = look_alikes_[candidate.source].find(
        hash, [&](std::size_t photo) { return is_same_kind(records_[photo], candidate.photo); });
    return found ? &records_[*found] : nullptr;
  }

  Result<void> keep(const Candidate& candidate, const std::string& id, const Check& check) {
    const Source& source = sources_[candidate.source];
    const NamedPhoto& photo = candidate.photo;
    PhotoRecord record{.id = id,
                       .image = "images/" + id + lower_extension(photo.original),
                       .source = source.name,
                       .original = photo.original,
                       .licence = source.licence,
                       .split = photo.split,
                       .width = check.size.width,
                       .height = check.size.height,
                       .captions = photo.captions,
                       .category = photo.category,
                       .instance = photo.instance};
    if (auto placed = place_picture(source.folder / fs::path(photo.original), folder_ / record.image); !placed) {
      return Unexpected{std::move(placed).error()};
    }
    by_id_[id] = records_.size();
    look_alikes_[candidate.source].add(check.hash, records_.size());
    records_.push_back(std::move(record));
    source_of_.push_back(candidate.source);
    return {};
  }

  /// Adds what a second photo of the same content tells.
  static void merge(PhotoRecord& record, const NamedPhoto& photo) {
    for (const std::string& caption : photo.captions) {
      if (std::find(record.captions.begin(), record.captions.end(), caption) == record.captions.end()) {
        record.captions.push_back(caption);
      }
    }
    if (record.category.empty()) record.category = photo.category;
    if (record.instance.empty()) record.instance = photo.instance;
  }

  Result<void> damaged(const Candidate& candidate, const std::string& what) {
    ++report_.damaged;
    return skip(candidate, what, {});
  }

  Result<void> skip(const Candidate& candidate, const std::string& reason, const std::string& stands_for_it) {
    Json line = {
        {"source", sources_[candidate.source].name}, {"original", candidate.photo.original}, {"reason", reason}};
    if (!stands_for_it.empty()) line["photo"] = stands_for_it;
    skipped_ += line.dump() + '\n';
    return {};
  }

  const fs::path& folder_;
  const std::vector<Source>& sources_;
  const CollectOptions& options_;
  RecordCache& checks_;
  std::vector<PhotoRecord> records_;
  std::vector<std::size_t> source_of_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::vector<LookAlikes> look_alikes_;  ///< one a source
  std::string skipped_;                  ///< lines of the file
  CollectReport report_;
};

}  // namespace

Result<CollectReport> collect(const fs::path& folder, const std::vector<Source>& sources, const CollectOptions& options,
                              const OnStep& on_step) {
  auto candidates = list_candidates(sources);
  if (!candidates) return Unexpected{std::move(candidates).error()};
  std::error_code error;
  fs::create_directories(folder / "images", error);
  if (error) return fail(ErrorCode::kIo, "cannot make '" + (folder / "images").string() + "': " + error.message());
  auto checks = RecordCache::open(folder / kChecksFile);
  if (!checks) return Unexpected{std::move(checks).error()};

  Collector collector(folder, sources, options, *checks);
  for (std::size_t i = 0; i < candidates->size(); ++i) {
    if (on_step && !on_step(i, candidates->size())) return fail(ErrorCode::kCancelled, "collecting was stopped");
    if (auto added = collector.add((*candidates)[i]); !added) return Unexpected{std::move(added).error()};
  }
  return collector.finish();
}

}  // namespace rap::dataset
