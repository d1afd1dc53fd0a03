// SPDX-License-Identifier: Apache-2.0
// GGUF files are read from disk, so every input becomes a file that lives in memory.
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/target.h"
#include "training/formats/gguf.h"

namespace {

namespace fs = std::filesystem;
using namespace rap::training;

/// The path of a file in memory that holds `data`; valid until the next call.
const fs::path& as_file(const std::uint8_t* data, std::size_t size) {
  static const int kFile = ::memfd_create("rap-fuzz", MFD_CLOEXEC);
  static const fs::path kPath = "/proc/self/fd/" + std::to_string(kFile);
  rap::fuzz::require(::ftruncate(kFile, 0) == 0);
  rap::fuzz::require(::pwrite(kFile, data, size, 0) == static_cast<ssize_t>(size));
  return kPath;
}

}  // namespace

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  const GgufContent content{{{"general.architecture", "llama"},
                             {"llama.block_count", std::int64_t{2}},
                             {"eps", 1e-5},
                             {"flag", true},
                             {"names", std::vector<std::string>{"a", "b"}},
                             {"types", std::vector<std::int64_t>{1, 2, 3}}},
                            {{"w", {2, 32}, StorageType::kQ8_0, std::vector<float>(64, 0.5F)},
                             {"norm.weight", {5}, StorageType::kF32, std::vector<float>(5, 1.0F)}}};
  const fs::path file = fs::temp_directory_path() / ("rap-fuzz-" + std::to_string(::getpid()) + ".gguf");
  rap::fuzz::require(write_gguf(file, content).has_value());
  std::ifstream in(file, std::ios::binary);
  std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(in), {});
  fs::remove(file);
  return {bytes};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = GgufFile::open(as_file(data, size));
  if (!file) return 0;
  for (const TensorInfo& tensor : file->tensors()) {
    std::uint64_t count = 1;
    for (const std::int64_t side : tensor.shape) count *= static_cast<std::uint64_t>(side);
    const auto values = file->values(tensor.name);
    if (values) rap::fuzz::require(values->size() == count);
  }
  return 0;
}
