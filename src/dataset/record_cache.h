// SPDX-License-Identifier: Apache-2.0
// Results of slow work, kept as they are made, so that a killed run goes on where it was.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <unordered_map>

#include "rap/result.h"

namespace rap::dataset {

/// A file of `{"key": ..., "value": ...}` lines that only grows. A line that a killed run left
/// unfinished is not read. One writer at a time; not thread-safe.
class RecordCache {
 public:
  /// Reads the file, if there is one. kIo if it cannot be opened for writing.
  [[nodiscard]] static Result<RecordCache> open(const std::filesystem::path& file);

  /// The value kept under a key, or null; valid until the next put().
  [[nodiscard]] const std::string* find(const std::string& key) const;

  /// Keeps a value and writes it out at once. kIo.
  [[nodiscard]] Result<void> put(const std::string& key, std::string value);

 private:
  std::filesystem::path file_;
  std::ofstream out_;
  std::unordered_map<std::string, std::string> values_;
};

}  // namespace rap::dataset
