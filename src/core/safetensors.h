// SPDX-License-Identifier: Apache-2.0
// Reader and writer of the safetensors format. A file is: the length n of the header (8 bytes, little
// endian); n bytes of JSON, an object that maps each tensor's name to {"dtype", "shape",
// "data_offsets": [begin, end)} with offsets into what follows; the tensors' bytes, row-major and
// little endian. F32, F16 and BF16 tensors are read, F32 written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "rap/result.h"

namespace rap {

struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;  ///< as many as the shape says
};

using Tensors = std::map<std::string, Tensor>;

/// Reads all tensors of a file's bytes, widened to float32. Any input is safe: fails with
/// kCorrupt, saying what is wrong, or kUnsupported for another dtype. Thread-safe.
[[nodiscard]] Result<Tensors> read_safetensors(std::span<const std::byte> file);

/// Writes tensors as F32 to a file, whole or not at all. kInvalidArgument, naming the tensor, if
/// its values are not as many as its shape says; kIo. Thread-safe.
[[nodiscard]] Result<void> write_safetensors(const std::filesystem::path& file, const Tensors& tensors);

}  // namespace rap
