// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <unordered_map>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap::dataset {

/// Feature maps of photos in a file, so that a photo is encoded once whatever happens. Values are
/// kept in 8 bits, zeros in one: of an encoder that ends in a rectifier, a value takes a fifth of a
/// byte. The file belongs to one encoder and is started anew for another one; a record that
/// a killed run left unfinished is cut off. Not thread-safe.
class FeatureCache {
 public:
  /// Opens or starts the file; `fingerprint` is the encoder's. kIo.
  [[nodiscard]] static Result<FeatureCache> open(const std::filesystem::path& file, const std::string& fingerprint);

  [[nodiscard]] bool contains(const std::string& photo) const { return places_.contains(photo); }

  /// The map of a photo; a value is off by at most 1/254 of the map's largest. kNotFound, kIo, kCorrupt.
  [[nodiscard]] Result<FeatureMap> get(const std::string& photo);

  /// Keeps the map of a photo under its id of at most 16 bytes. kIo.
  [[nodiscard]] Result<void> put(const std::string& photo, const FeatureMap& map);

 private:
  std::string name_;
  std::fstream file_;
  std::unordered_map<std::string, std::streamoff> places_;  ///< where a photo's record begins
};

}  // namespace rap::dataset
