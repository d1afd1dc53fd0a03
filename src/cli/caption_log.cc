// SPDX-License-Identifier: Apache-2.0
#include "cli/caption_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace rap::cli {
namespace {

namespace fs = std::filesystem;

Unexpected io_failure(const char* what, const fs::path& file) {
  const int reason = errno;
  return fail(ErrorCode::kIo,
              fmt::format("cannot {} {}: {}", what, file.string(), std::generic_category().message(reason)), "jsonl");
}

/// What each line begins with.
constexpr std::string_view kBegin = R"({"photo":)";

Unexpected foreign(std::size_t number, const fs::path& file) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("line {} of {} is not a caption of rap; name another file", number, file.string()), "jsonl");
}

/// Whether a crash may have left this of a line.
bool may_be_cut_off(std::string_view line) { return line.starts_with(kBegin) || kBegin.starts_with(line); }

/// The member "photo" of a line, or "" if the line is not a caption.
std::string photo_of(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("photo") || !json["photo"].is_string()) return {};
  return json["photo"].get<std::string>();
}

}  // namespace

Result<CaptionLog> CaptionLog::open(const fs::path& file) {
  CaptionLog log;
  log.file_ = file;
  std::error_code error;
  if (fs::exists(file, error)) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return io_failure("read", file);
    std::string line;
    std::size_t number = 1;
    std::uintmax_t whole_bytes = 0;
    // getline() reaches the end of the file only on a line without its line feed.
    for (; std::getline(in, line) && !in.eof(); ++number) {
      const std::string photo = photo_of(line);
      if (photo.empty()) return foreign(number, file);
      log.photos_.insert(photo);
      whole_bytes += line.size() + 1;
    }
    if (!line.empty()) {
      if (!may_be_cut_off(line)) return foreign(number, file);
      log.shorten_to_ = whole_bytes;
    }
  }
  log.out_.open(file, std::ios::binary | std::ios::app);
  if (!log.out_) return io_failure("write", file);
  return log;
}

Result<void> CaptionLog::append(const Json& caption) {
  if (shorten_to_) {
    std::error_code error;
    fs::resize_file(file_, *std::exchange(shorten_to_, std::nullopt), error);
    if (error)
      return fail(ErrorCode::kIo, fmt::format("cannot shorten {}: {}", file_.string(), error.message()), "jsonl");
  }
  out_ << to_line(caption) << '\n' << std::flush;
  if (!out_) return fail(ErrorCode::kIo, "cannot write a line to the file of captions", "jsonl");
  photos_.insert(caption.at("photo").get<std::string>());
  return {};
}

}  // namespace rap::cli
