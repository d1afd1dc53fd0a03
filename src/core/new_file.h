// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/file_descriptor.h"
#include "core/files.h"
#include "rap/result.h"

namespace rap {

/// A file that appears under its name when it is finished, and not otherwise: until then it has a name of its own
/// beside it. A symbolic link stays one, and the file that it points to is replaced. What is there and is no file, such
/// as a device, is left alone. Not thread-safe.
class NewFile {
 public:
  NewFile(const std::filesystem::path& file, Readers readers);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  /// Adds to the file. After an error it does nothing: finish() tells.
  void write(std::span<const std::byte> content);

  /// Makes the file durable and visible; reports the first error of all writes: kInvalidArgument if something that is
  /// no file has the name, else kIo.
  [[nodiscard]] Result<void> finish();

 private:
  void note_error();

  std::filesystem::path name_;  ///< as it was given, for errors
  std::filesystem::path file_;  ///< where links lead to
  std::filesystem::path temporary_;
  FileDescriptor descriptor_{-1};
  Result<void> state_;
};

}  // namespace rap
