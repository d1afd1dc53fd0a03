// SPDX-License-Identifier: Apache-2.0
#include "training/formats/gguf_source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/files.h"
#include "training/formats/ggml_values.h"

namespace rap::training {
namespace {

/// Row-major sides of a tensor. The file does not tell a side of 1 at the front from none.
std::vector<std::int64_t> shape_of(const std::int64_t* sides) {
  int used = GGML_MAX_DIMS;
  while (used > 1 && sides[used - 1] == 1) --used;
  std::vector<std::int64_t> shape(sides, sides + used);
  std::reverse(shape.begin(), shape.end());
  return shape;
}

}  // namespace

GgufSource::GgufSource(std::filesystem::path path, FilePtr file, GgufContextPtr header)
    : path_(std::move(path)), file_(std::move(file)), header_(std::move(header)) {}

Result<GgufSource> GgufSource::open(const std::filesystem::path& file) {
  prepare_ggml();
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return fail(ErrorCode::kNotFound, "there is no file '" + file.string() + "'");
  }
  FilePtr stream(std::fopen(file.c_str(), "rbe"));
  if (!stream) return cannot_read(file);
  const auto bytes = std::filesystem::file_size(file, error);
  if (error) return cannot_read(file);
  GgufContextPtr header(gguf_init_from_file_ptr(stream.get(), {.no_alloc = true, .ctx = nullptr}));
  if (!header) return fail(ErrorCode::kCorrupt, "'" + file.string() + "' is not a GGUF file that ggml can read");
  GgufSource source(file, std::move(stream), std::move(header));
  if (auto found = source.find_tensors(bytes); !found) return Unexpected{found.error()};
  return source;
}

Result<void> GgufSource::find_tensors(std::uint64_t file_bytes) {
  const std::int64_t count = gguf_get_n_tensors(header_.get());
  const std::uint64_t begin = gguf_get_data_offset(header_.get());
  tensors_.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t offset = gguf_get_tensor_offset(header_.get(), i);
    const std::uint64_t bytes = gguf_get_tensor_size(header_.get(), i);
    const std::uint64_t room = file_bytes < begin ? 0 : file_bytes - begin;
    if (offset > room || bytes > room - offset) {
      return fail(ErrorCode::kCorrupt, "'" + path_.string() + "' is cut off: its tensor " + std::to_string(i + 1) +
                                           " of " + std::to_string(count) + " ends behind the file");
    }
    tensors_.push_back({gguf_get_tensor_name(header_.get(), i), shape_of(gguf_get_tensor_ne(header_.get(), i)),
                        gguf_get_tensor_type(header_.get(), i), begin + offset, bytes});
  }
  return {};
}

Result<Bytes> GgufSource::read(const StoredTensor& tensor) const {
  Bytes bytes(static_cast<std::size_t>(tensor.bytes));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::pread(fileno(file_.get()), bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(tensor.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path_);
    if (got == 0) return fail(ErrorCode::kIo, "'" + path_.string() + "' has become shorter while it was read");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace rap::training
