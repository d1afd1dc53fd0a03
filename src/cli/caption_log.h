// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>

#include "json/json.h"
#include "rap/result.h"

namespace rap::cli {

/// A JSON Lines file of captions that can be continued: one object a line, with the member
/// "photo". A last line without its line feed was cut off by a crash: the next one takes its place.
class CaptionLog {
 public:
  /// Opens or makes the file. Fails with kIo, or kInvalidArgument (states the line) if a line is not a
  /// caption: the file belongs to something else and is left alone.
  [[nodiscard]] static Result<CaptionLog> open(const std::filesystem::path& file);

  /// Whether there is a line for this photo.
  [[nodiscard]] bool has(const std::string& photo) const { return photos_.contains(photo); }

  /// Adds a line; it is in the file when this returns. kIo.
  [[nodiscard]] Result<void> append(const Json& caption);

 private:
  CaptionLog() = default;

  std::filesystem::path file_;
  std::optional<std::uintmax_t> shorten_to_;  ///< bytes of whole lines, if a line that was cut off follows
  std::set<std::string> photos_;
  std::ofstream out_;
};

}  // namespace rap::cli
