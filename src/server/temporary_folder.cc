// SPDX-License-Identifier: Apache-2.0
#include "server/temporary_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace rap::server {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "rap-upload-";
constexpr char kNewPrefix[] = "rap-new-";  ///< of a folder that is made and not locked yet
constexpr std::size_t kRandomLetters = 6;

Unexpected cannot_make() {
  return fail(ErrorCode::kIo, std::string("cannot make a temporary folder: ") + std::strerror(errno));
}

/// The folder, opened; -1 if it cannot be.
int open_folder(const fs::path& path) { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }

/// Whether the opened folder is of this user and nobody's any more. Locks end with their process, however that ends.
bool is_abandoned(int folder) {
  struct stat about {};
  return fstat(folder, &about) == 0 && about.st_uid == geteuid() && flock(folder, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code error;
  const auto base = fs::temp_directory_path(error);
  if (error) return fail(ErrorCode::kIo, "there is no folder for temporary files: " + error.message());
  std::string made = (base / kNewPrefix).string() + std::string(kRandomLetters, 'X');
  if (mkdtemp(made.data()) == nullptr) return cannot_make();
  const int lock = open_folder(made);
  TemporaryFolder folder(made, lock);
  // Others look only at folders of the later name, and never see one without its lock.
  const fs::path path = base / (kPrefix + made.substr(made.size() - kRandomLetters));
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0 || std::rename(made.c_str(), path.c_str()) != 0) {
    return cannot_make();
  }
  folder.path_ = path;
  return folder;
}

void TemporaryFolder::remove_abandoned() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(ignored), ignored)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const int folder = open_folder(entry.path());
    if (folder < 0) continue;
    if (is_abandoned(folder)) fs::remove_all(entry.path(), ignored);
    close(folder);
  }
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
  if (lock_ >= 0) close(lock_);
}

}  // namespace rap::server
