// SPDX-License-Identifier: Apache-2.0
#include "dataset/feature_cache.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/files.h"

namespace rap::dataset {
namespace {

namespace fs = std::filesystem;

// The file: one line that names version and encoder, then records. A record: RecordHead, one bit a
// value that says whether it is other than zero, then those values, one byte each. Little-endian, as
// all machines rap runs on are.
constexpr char kMagic[] = "rap-features-1 ";
constexpr std::size_t kIdBytes = 16;

struct RecordHead {
  char id[kIdBytes] = {};  ///< padded with zeros
  std::int32_t channels = 0;
  std::int32_t height = 0;
  std::int32_t width = 0;
  float scale = 0.0F;         ///< a byte times this is the value
  std::uint32_t payload = 0;  ///< bytes of the record after its head
};

std::size_t values_of(const RecordHead& head) {
  return static_cast<std::size_t>(head.channels) * static_cast<std::size_t>(head.height) *
         static_cast<std::size_t>(head.width);
}

std::size_t mask_bytes(std::size_t values) { return (values + 7) / 8; }

Unexpected io_failure(const std::string& name) {
  return fail(ErrorCode::kIo, "reading or writing '" + name + "' failed");
}

}  // namespace

Result<FeatureCache> FeatureCache::open(const fs::path& file, const std::string& fingerprint) {
  const std::string title = kMagic + fingerprint + '\n';
  FeatureCache cache;
  cache.name_ = file.string();
  bool is_ours = false;
  {
    std::ifstream in(file, std::ios::binary);
    std::string line;
    is_ours = in && std::getline(in, line) && line + '\n' == title;
  }
  if (!is_ours) {
    if (auto started = write_file(file, as_bytes(title)); !started) return Unexpected{std::move(started).error()};
  }
  std::error_code error;
  const auto size = static_cast<std::streamoff>(fs::file_size(file, error));
  cache.file_.open(file, std::ios::binary | std::ios::in | std::ios::out);
  if (error || !cache.file_) return io_failure(cache.name_);

  auto whole = static_cast<std::streamoff>(title.size());
  RecordHead head;
  while (whole + static_cast<std::streamoff>(sizeof(head)) <= size) {
    cache.file_.seekg(whole);
    if (!cache.file_.read(reinterpret_cast<char*>(&head), sizeof(head))) return io_failure(cache.name_);
    const auto end = whole + static_cast<std::streamoff>(sizeof(head)) + static_cast<std::streamoff>(head.payload);
    if (end > size) break;
    cache.places_[std::string(head.id, ::strnlen(head.id, kIdBytes))] = whole;
    whole = end;
  }
  if (whole < size) fs::resize_file(file, static_cast<std::uintmax_t>(whole), error);
  if (error) return io_failure(cache.name_);
  return cache;
}

Result<FeatureMap> FeatureCache::get(const std::string& photo) {
  const auto place = places_.find(photo);
  if (place == places_.end()) return fail(ErrorCode::kNotFound, "photo " + photo + " has no features yet");
  RecordHead head;
  file_.seekg(place->second);
  if (!file_.read(reinterpret_cast<char*>(&head), sizeof(head))) return io_failure(name_);
  std::vector<char> payload(head.payload);
  if (!file_.read(payload.data(), static_cast<std::streamsize>(payload.size()))) return io_failure(name_);

  const Unexpected corrupt =
      fail(ErrorCode::kCorrupt, "the record of photo " + photo + " in '" + name_ + "' is damaged");
  if (head.channels <= 0 || head.height <= 0 || head.width <= 0) return corrupt;
  const std::size_t values = values_of(head);
  if (mask_bytes(values) > payload.size()) return corrupt;
  FeatureMap map{head.channels, head.height, head.width, std::vector<float>(values, 0.0F)};
  std::size_t next = mask_bytes(values);
  for (std::size_t i = 0; i < values; ++i) {
    if ((static_cast<unsigned char>(payload[i / 8]) >> (i % 8) & 1U) == 0) continue;
    if (next == payload.size()) return corrupt;
    map.values[i] = head.scale * static_cast<float>(static_cast<std::int8_t>(payload[next++]));
  }
  return map;
}

Result<void> FeatureCache::put(const std::string& photo, const FeatureMap& map) {
  float largest = 0.0F;
  for (const float value : map.values) largest = std::max(largest, std::abs(value));
  RecordHead head{.channels = map.channels, .height = map.height, .width = map.width, .scale = largest / 127.0F};
  std::copy_n(photo.begin(), std::min(photo.size(), kIdBytes), head.id);

  std::vector<char> record(sizeof(head) + mask_bytes(map.values.size()));
  for (std::size_t i = 0; i < map.values.size() && largest > 0.0F; ++i) {
    const auto byte = static_cast<std::int8_t>(std::lround(map.values[i] / head.scale));
    if (byte == 0) continue;
    char& mask = record[sizeof(head) + i / 8];
    mask = static_cast<char>(static_cast<unsigned char>(mask) | 1U << (i % 8));
    record.push_back(static_cast<char>(byte));
  }
  head.payload = static_cast<std::uint32_t>(record.size() - sizeof(head));
  std::memcpy(record.data(), &head, sizeof(head));

  file_.seekp(0, std::ios::end);
  const std::streamoff place = file_.tellp();
  if (!file_.write(record.data(), static_cast<std::streamsize>(record.size()))) return io_failure(name_);
  places_[photo] = place;
  return {};
}

}  // namespace rap::dataset
