// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string_view>

#include "core/safetensors.h"
#include "fuzz/target.h"

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  std::vector<std::vector<std::uint8_t>> files;
  for (const std::string_view header : {R"({"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}})",
                                        R"({"x":{"dtype":"BF16","shape":[2,1],"data_offsets":[1,5]}})"}) {
    std::vector<std::uint8_t> file(8 + header.size() + 8);
    file[0] = static_cast<std::uint8_t>(header.size());
    std::memcpy(file.data() + 8, header.data(), header.size());
    files.push_back(std::move(file));
  }
  return files;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensors = rap::read_safetensors(rap::fuzz::as_bytes(data, size));
  if (!tensors) return 0;
  for (const auto& [name, tensor] : *tensors) {
    std::uint64_t count = 1;
    for (const std::int64_t side : tensor.shape) count *= static_cast<std::uint64_t>(side);
    rap::fuzz::require(tensor.values.size() == count);
  }
  return 0;
}
