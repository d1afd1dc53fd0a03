// SPDX-License-Identifier: Apache-2.0
#include "training/feature_store.h"

#include <c10/util/Half.h>

#include <cstring>
#include <string_view>

namespace rap::training {
namespace {

namespace fs = std::filesystem;

std::string first_line(const FeatureKind& kind) {
  return "rap-features 1 " + kind.encoder + " " + std::to_string(kind.grid) + " " + std::to_string(kind.channels);
}

Unexpected io(const fs::path& file) { return fail(ErrorCode::kIo, "cannot write '" + file.string() + "'"); }

/// The whole lines of a file; a last one without its end is left out.
std::vector<std::string> whole_lines(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line) && !in.eof();) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

Result<FeatureStore> FeatureStore::open(const fs::path& folder, const std::string& name, const FeatureKind& kind) {
  const fs::path records = folder / (name + ".features");
  const fs::path keys = folder / (name + ".keys");
  FeatureStore store;
  store.kind_ = kind;
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  std::vector<std::string> lines = whole_lines(keys);
  if (!lines.empty() && lines.front() != first_line(kind)) {
    return fail(ErrorCode::kConflict, "'" + keys.string() +
                                          "' holds features of another encoder or grid: remove it and " +
                                          records.string() + " to compute them again");
  }
  const std::size_t record_bytes = kind.values() * sizeof(std::uint16_t);
  std::uintmax_t have = fs::file_size(records, ignored);
  if (ignored) have = 0;
  const std::size_t count = std::min<std::size_t>(lines.empty() ? 0 : lines.size() - 1, have / record_bytes);
  std::string text = first_line(kind) + '\n';
  for (std::size_t i = 0; i < count; ++i) {
    text += lines[i + 1] + '\n';
    store.places_.emplace(std::move(lines[i + 1]), i);
  }
  // A key without its record, or a record without its key, was left by a killed run.
  std::ofstream(records, std::ios::binary | std::ios::app).flush();
  fs::resize_file(records, count * record_bytes, ignored);
  if (ignored) return io(records);
  store.keys_.open(keys, std::ios::binary | std::ios::trunc);
  store.keys_ << text << std::flush;
  store.records_.open(records, std::ios::binary | std::ios::in | std::ios::out);
  if (!store.keys_ || !store.records_) return io(keys);
  return store;
}

Result<void> FeatureStore::add(const std::string& key, std::span<const float> features) {
  if (features.size() != kind_.values() || key.find('\n') != std::string::npos || contains(key)) {
    return fail(ErrorCode::kInvalidArgument, "features of the wrong size, or under a key that is taken", "features");
  }
  std::vector<std::uint16_t> halves(features.size());
  for (std::size_t i = 0; i < features.size(); ++i) halves[i] = c10::Half(features[i]).x;
  const auto bytes = static_cast<std::streamoff>(halves.size() * sizeof(std::uint16_t));
  records_.seekp(static_cast<std::streamoff>(places_.size()) * bytes);
  records_.write(reinterpret_cast<const char*>(halves.data()), bytes);
  records_.flush();
  keys_ << key << '\n' << std::flush;
  if (!records_ || !keys_) return fail(ErrorCode::kIo, "cannot write features: is the disk full?");
  places_.emplace(key, places_.size());
  return {};
}

Result<void> FeatureStore::read(const std::string& key, std::uint16_t* to) {
  const auto place = places_.find(key);
  if (place == places_.end()) return fail(ErrorCode::kNotFound, "there are no features of '" + key + "'");
  const auto bytes = static_cast<std::streamoff>(kind_.values() * sizeof(std::uint16_t));
  records_.seekg(static_cast<std::streamoff>(place->second) * bytes);
  records_.read(reinterpret_cast<char*>(to), bytes);
  if (!records_) {
    records_.clear();
    return fail(ErrorCode::kIo, "cannot read the kept features of '" + key + "'");
  }
  return {};
}

}  // namespace rap::training
