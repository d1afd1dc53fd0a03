// SPDX-License-Identifier: Apache-2.0
// Concepts that lie in a folder, or a zip file of one: each folder with photos is a concept of the folder's name, which
// a file concept.json in it can say more about.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "rap/result.h"

namespace rap::server {

struct ImportPhoto {
  std::string name;  ///< what the source calls it
  std::filesystem::path file;
};

/// A concept that is to be imported.
struct ImportItem {
  std::string name;                 ///< of its folder; empty for what lies in none
  std::filesystem::path details;    ///< its concept.json; empty if there is none
  std::vector<ImportPhoto> photos;  ///< in the order of their names; none beside a concept.json that lies alone
};

/// What an archive may hold; more is kTooLarge.
struct ArchiveLimits {
  std::size_t files = 20'000;
  std::uint64_t bytes = 8ULL * 1024 * 1024 * 1024;  ///< unpacked
};

/// Finds the concepts below a folder, in the order of their names. Links are not followed. kIo; kTooLarge beyond
/// `limits`.
[[nodiscard]] Result<std::vector<ImportItem>> find_items(const std::filesystem::path& folder,
                                                         const ArchiveLimits& limits = {});

/// Unpacks photos and concept.json of a zip file into `folder`, under names of our own, so that no name in the archive
/// becomes a path. kCorrupt for what is no zip file, kTooLarge, kIo.
[[nodiscard]] Result<std::vector<ImportItem>> unpack_items(const std::filesystem::path& zip,
                                                           const std::filesystem::path& folder,
                                                           const ArchiveLimits& limits = {});

}  // namespace rap::server
