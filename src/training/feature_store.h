// SPDX-License-Identifier: Apache-2.0
// The frozen encoder's features of every picture of a data set, computed once and kept: what a
// projector reads, pooled to its grid, as half floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "rap/result.h"

namespace rap::training {

/// What makes features comparable. A store of other features is not mixed with these.
struct FeatureKind {
  std::string encoder;  ///< Encoder::fingerprint()
  int grid = 0;         ///< cells a side
  int channels = 0;

  [[nodiscard]] std::size_t values() const {
    return static_cast<std::size_t>(grid) * static_cast<std::size_t>(grid) * static_cast<std::size_t>(channels);
  }
  friend bool operator==(const FeatureKind&, const FeatureKind&) = default;
};

/// Ends the key of a picture's mirror image.
inline constexpr char kMirrored[] = "#flip";

/// Features by key, in two files: `NAME.features` (half floats, records of equal size) and
/// `NAME.keys` (the kind, then one key a line). Only appended to; a record that a killed run left
/// half written is cut off when the store is opened. Not thread-safe.
class FeatureStore {
 public:
  /// Opens or begins the store `folder`/`name`. kConflict if it holds another kind, kCorrupt, kIo.
  [[nodiscard]] static Result<FeatureStore> open(const std::filesystem::path& folder, const std::string& name,
                                                 const FeatureKind& kind);

  [[nodiscard]] const FeatureKind& kind() const noexcept { return kind_; }
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] bool contains(const std::string& key) const { return places_.contains(key); }

  /// Adds kind().values() floats under a key without line breaks that is not there yet.
  [[nodiscard]] Result<void> add(const std::string& key, std::span<const float> features);

  /// Reads half floats of `key` into `to`, which has room for kind().values(). kNotFound, kIo.
  [[nodiscard]] Result<void> read(const std::string& key, std::uint16_t* to);

 private:
  FeatureStore() = default;

  FeatureKind kind_;
  std::unordered_map<std::string, std::size_t> places_;
  std::fstream records_;
  std::ofstream keys_;
};

}  // namespace rap::training
