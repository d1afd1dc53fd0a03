// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/file_descriptor.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// Who may read a file that is written: everyone the system lets, or only its owner.
enum class Readers { kEveryone, kOwner };

/// Reads a whole file of at most `max_bytes`. Fails with kNotFound, kTooLarge (states both
/// sizes), kInvalidArgument for something that is not a regular file, or kIo.
[[nodiscard]] Result<Bytes> read_file(const std::filesystem::path& file, std::uintmax_t max_bytes);

/// Writes a whole file so that a reader, or a crash, sees the old content or the new one: a
/// temporary file beside it, fsync, rename. Fails with kIo, or with kInvalidArgument if something that is no file has
/// the name; see NewFile.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& file, std::span<const std::byte> content,
                                      Readers readers = Readers::kEveryone);

/// Waits until nobody else holds the lock `file` (made if missing, readable by its owner only), in
/// this process or another. The lock is held while the result lives, and ends with the process. kIo.
[[nodiscard]] Result<FileDescriptor> lock_file(const std::filesystem::path& file);

/// The bytes of a text.
[[nodiscard]] std::span<const std::byte> as_bytes(std::string_view text) noexcept;

/// The error of a file that cannot be read, with the operating system's reason (errno).
[[nodiscard]] Unexpected cannot_read(const std::filesystem::path& file);

/// ".jpg" of "Photos/One.JPG": the file's extension with ASCII letters in lower case; may be empty.
[[nodiscard]] std::string lower_extension(const std::filesystem::path& file);

}  // namespace rap
