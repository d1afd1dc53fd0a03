// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "rap/result.h"

namespace rap::server {

/// An empty folder that only this user can read, and that goes away with the object.
class TemporaryFolder {
 public:
  [[nodiscard]] static Result<TemporaryFolder> make();

  /// Deletes the folders of servers of this user that ended without doing so: killed, or by a loss of power.
  static void remove_abandoned();

  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  TemporaryFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;  ///< the folder, opened and locked for as long as its server runs
};

}  // namespace rap::server
