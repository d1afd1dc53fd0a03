// SPDX-License-Identifier: Apache-2.0
#include "cli/caption_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace rap::cli {
namespace {

namespace fs = std::filesystem;

Unexpected io_failure(const char* what, const fs::path& file) {
  const int reason = errno;
  return fail(ErrorCode::kIo,
              fmt::format("cannot {} {}: {}", what, file.string(), std::generic_category().message(reason)), "jsonl");
}

/// The member "photo" of a line, or "" if the line is not a caption.
std::string photo_of(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("photo") || !json["photo"].is_string()) return {};
  return json["photo"].get<std::string>();
}

}  // namespace

Result<CaptionLog> CaptionLog::open(const fs::path& file) {
  CaptionLog log;
  std::uintmax_t whole_bytes = 0;
  std::error_code error;
  if (fs::exists(file, error)) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return io_failure("read", file);
    std::string line;
    // getline() reaches the end of the file only on a line without its line feed.
    for (std::size_t number = 1; std::getline(in, line) && !in.eof(); ++number) {
      const std::string photo = photo_of(line);
      if (photo.empty())
        return fail(ErrorCode::kCorrupt,
                    fmt::format("line {} of {} is not a caption of rap; name another file", number, file.string()),
                    "jsonl");
      log.photos_.insert(photo);
      whole_bytes += line.size() + 1;
    }
    fs::resize_file(file, whole_bytes, error);
    if (error)
      return fail(ErrorCode::kIo, fmt::format("cannot shorten {}: {}", file.string(), error.message()), "jsonl");
  }
  log.out_.open(file, std::ios::binary | std::ios::app);
  if (!log.out_) return io_failure("write", file);
  return log;
}

Result<void> CaptionLog::append(const Json& caption) {
  out_ << to_line(caption) << '\n' << std::flush;
  if (!out_) return fail(ErrorCode::kIo, "cannot write a line to the file of captions", "jsonl");
  photos_.insert(caption.at("photo").get<std::string>());
  return {};
}

}  // namespace rap::cli
