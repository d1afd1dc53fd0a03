// SPDX-License-Identifier: Apache-2.0
#include "core/files.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "core/new_file.h"

namespace rap {
namespace {

Unexpected cannot_write(const std::filesystem::path& file) {
  return fail(ErrorCode::kIo, "cannot write '" + file.string() + "': " + std::strerror(errno));
}

}  // namespace

Unexpected cannot_read(const std::filesystem::path& file) {
  return fail(ErrorCode::kIo, "cannot read '" + file.string() + "': " + std::strerror(errno));
}

Result<Bytes> read_file(const std::filesystem::path& file, std::uintmax_t max_bytes) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) return fail(ErrorCode::kNotFound, "there is no file '" + file.string() + "'");
  if (!std::filesystem::is_regular_file(status)) {
    return fail(ErrorCode::kInvalidArgument, "'" + file.string() + "' is not a file");
  }
  const auto size = std::filesystem::file_size(file, error);
  if (error) return cannot_read(file);
  if (size > max_bytes) {
    return fail(ErrorCode::kTooLarge, "'" + file.string() + "' has " + std::to_string(size) + " bytes; the limit is " +
                                          std::to_string(max_bytes));
  }
  std::ifstream stream(file, std::ios::binary);
  Bytes content(size);
  if (!stream.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(size))) {
    return cannot_read(file);
  }
  return content;
}

Result<void> write_file(const std::filesystem::path& file, std::span<const std::byte> content, Readers readers) {
  NewFile out(file, readers);
  out.write(content);
  return out.finish();
}

Result<FileDescriptor> lock_file(const std::filesystem::path& file) {
  FileDescriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) return cannot_write(file);
  while (::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return cannot_write(file);
  }
  return lock;
}

std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string lower_extension(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

}  // namespace rap
