// SPDX-License-Identifier: Apache-2.0
// GGUF files as plain values: metadata and tensors, read and written through ggml.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "rap/result.h"

namespace rap::training {

/// A value of GGUF metadata. Arrays of numbers are widened.
using GgufValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                               std::vector<std::string>>;

/// How a tensor's numbers are stored.
// NOLINTBEGIN(readability-identifier-naming): ggml's own names, underscores included
enum class StorageType { kF32, kF16, kBf16, kQ8_0, kQ4_1, kQ4_K, kQ5_K, kQ6_K, kOther };
// NOLINTEND(readability-identifier-naming)

/// A tensor of a file. `shape` is row-major, as in C and PyTorch: the last side is contiguous
/// (GGUF itself lists sides in the other order).
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;
  StorageType type = StorageType::kF32;
};

/// A GGUF file, mapped or read. Immutable and thread-safe.
class GgufFile {
 public:
  /// Opens a file and checks that every tensor lies inside it. kNotFound, kCorrupt.
  [[nodiscard]] static Result<GgufFile> open(const std::filesystem::path& file);

  [[nodiscard]] const std::map<std::string, GgufValue>& metadata() const noexcept;
  [[nodiscard]] const std::vector<TensorInfo>& tensors() const noexcept;

  /// Metadata of one type. kCorrupt, naming the key, if it is missing or of another type;
  /// integers are taken for numbers where a double is wanted.
  [[nodiscard]] Result<std::int64_t> integer(const std::string& key) const;
  [[nodiscard]] Result<double> number(const std::string& key) const;
  [[nodiscard]] Result<std::string> text(const std::string& key) const;

  /// A tensor's numbers, dequantised to float32, row-major. kNotFound; kUnsupported for a storage
  /// type that ggml cannot turn into floats.
  [[nodiscard]] Result<std::vector<float>> values(const std::string& name) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// A tensor to be written: float32 values that are stored as `type`. kQ8_0 and the k-quants need
/// rows of a multiple of 32 and 256 numbers.
struct OutputTensor {
  std::string name;
  std::vector<std::int64_t> shape;  ///< row-major
  StorageType type = StorageType::kF32;
  std::vector<float> values;
};

/// What a new GGUF file holds.
struct GgufContent {
  std::map<std::string, GgufValue> metadata;
  std::vector<OutputTensor> tensors;
};

/// Writes a file whole under another name, then renames it. kInvalidArgument (a shape that does
/// not fit its values or type), kIo.
[[nodiscard]] Result<void> write_gguf(const std::filesystem::path& file, const GgufContent& content);

}  // namespace rap::training
