// SPDX-License-Identifier: Apache-2.0
// A GGUF file as ggml sees it: below GgufFile, for code that copies what it does not understand.
#pragma once

#include <gguf.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "rap/result.h"
#include "rap/types.h"

namespace rap::training {

struct GgufDeleter {
  void operator()(gguf_context* context) const noexcept { gguf_free(context); }
};
using GgufContextPtr = std::unique_ptr<gguf_context, GgufDeleter>;

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, FileCloser>;

/// A tensor where it lies.
struct StoredTensor {
  std::string name;
  std::vector<std::int64_t> shape;  ///< row-major, without leading sides of 1
  ggml_type type = GGML_TYPE_F32;
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t bytes = 0;
};

/// An open file and its header; tensors are read when asked for. Immutable and thread-safe.
class GgufSource {
 public:
  /// kNotFound; kCorrupt unless the header is sound and every tensor lies in the file.
  [[nodiscard]] static Result<GgufSource> open(const std::filesystem::path& file);

  [[nodiscard]] const gguf_context& header() const noexcept { return *header_; }
  [[nodiscard]] const std::vector<StoredTensor>& tensors() const noexcept { return tensors_; }

  /// A tensor's bytes as they are stored. kIo.
  [[nodiscard]] Result<Bytes> read(const StoredTensor& tensor) const;

 private:
  GgufSource(std::filesystem::path path, FilePtr file, GgufContextPtr header);
  [[nodiscard]] Result<void> find_tensors(std::uint64_t file_bytes);

  std::filesystem::path path_;
  FilePtr file_;
  GgufContextPtr header_;
  std::vector<StoredTensor> tensors_;
};

}  // namespace rap::training
