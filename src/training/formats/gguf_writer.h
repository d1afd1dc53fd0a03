// SPDX-License-Identifier: Apache-2.0
// Writes a GGUF file tensor by tensor, so that only one of them is in memory at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "rap/result.h"
#include "rap/types.h"
#include "training/formats/gguf.h"
#include "training/formats/gguf_source.h"

namespace rap::training {

/// A file in the making: metadata and the list of tensors first, then write(). Not thread-safe.
class GgufWriter {
 public:
  GgufWriter();

  /// Takes over all metadata of another file as it is stored.
  void copy_metadata(const gguf_context& source);

  /// Sets one value: whole numbers as u32, i32, u64 or i64 (the first that holds them), others as
  /// f32. kInvalidArgument for an empty key. "general.alignment" is the writer's business: ignored.
  [[nodiscard]] Result<void> set(const std::string& key, const GgufValue& value);

  /// Announces the next tensor; `shape` is row-major. kInvalidArgument, naming the tensor: its name
  /// is empty, longer than ggml's 63 bytes or taken, or the shape does not fit the type.
  [[nodiscard]] Result<void> add(const std::string& name, ggml_type type, const std::vector<std::int64_t>& shape);

  /// Gives the bytes of the tensor that was announced as number `index`, as they are stored.
  using Produce = std::function<Result<Bytes>(std::size_t index)>;

  /// Writes everything under another name beside `file`, then renames it. kIo, or what `produce`
  /// failed with; `file` is untouched then.
  [[nodiscard]] Result<void> write(const std::filesystem::path& file, const Produce& produce) const;

 private:
  [[nodiscard]] Result<void> write_all(std::FILE& file, const Produce& produce) const;

  GgufContextPtr header_;
};

}  // namespace rap::training
