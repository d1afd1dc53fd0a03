// SPDX-License-Identifier: Apache-2.0
#include "core/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "core/ids.h"

namespace rap {
namespace {

namespace fs = std::filesystem;

/// Where a file's content belongs: behind symbolic links.
fs::path behind_links(const fs::path& file) {
  std::error_code error;
  fs::path target = fs::canonical(file, error);
  return error ? file : target;
}

/// Whether something that is no file has this name. Folders are left to the system, which says so itself.
bool is_special(const fs::path& file) {
  std::error_code error;
  const auto status = fs::status(file, error);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

}  // namespace

NewFile::NewFile(const fs::path& file, Readers readers) : name_(file), file_(behind_links(file)) {
  if (is_special(file_)) {
    state_ = fail(ErrorCode::kInvalidArgument, "'" + name_.string() + "' is a device or pipe; name a file");
    return;
  }
  temporary_ = file_.string() + "." + random_id() + ".tmp";
  const mode_t mode = readers == Readers::kOwner ? 0600 : 0644;
  descriptor_ = FileDescriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (descriptor_.get() < 0) note_error();
}

NewFile::~NewFile() {
  if (descriptor_.get() >= 0) ::unlink(temporary_.c_str());
}

void NewFile::write(std::span<const std::byte> content) {
  while (state_ && !content.empty()) {
    const ssize_t written = ::write(descriptor_.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return note_error();
    content = content.subspan(static_cast<std::size_t>(written));
  }
}

Result<void> NewFile::finish() {
  if (state_ && ::fsync(descriptor_.get()) != 0) note_error();
  if (state_ && ::rename(temporary_.c_str(), file_.c_str()) != 0) note_error();
  if (state_) descriptor_ = FileDescriptor(-1);
  return state_;
}

void NewFile::note_error() {
  state_ = fail(ErrorCode::kIo, "cannot write '" + name_.string() + "': " + std::strerror(errno));
}

}  // namespace rap
