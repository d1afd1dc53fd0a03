// SPDX-License-Identifier: Apache-2.0
// Reader of the safetensors format. A file is: the length n of the header (8 bytes, little
// endian); n bytes of JSON, an object that maps each tensor's name to {"dtype", "shape",
// "data_offsets": [begin, end)} with offsets into what follows; the tensors' bytes, row-major and
// little endian. Only F32 tensors are read: rap's own weights have no others.
#pragma once

#include <cstdint>
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

/// Reads all tensors of a file's bytes. Any input is safe: fails with kCorrupt, saying what is
/// wrong, or kUnsupported for another dtype.
[[nodiscard]] Result<std::map<std::string, Tensor>> read_safetensors(std::span<const std::byte> file);

}  // namespace rap
