// SPDX-License-Identifier: Apache-2.0
// What the benchmarks have in common.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "core/files.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap::bench {

/// The value, or the end of this program with the error.
template <class T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The file of an example's photo.
inline Bytes example(const char* name) {
  const std::filesystem::path photos = std::filesystem::path(RAP_SOURCE_DIR) / "examples" / "photos";
  return need(read_file(photos / name, Limits::kPhotoBytes));
}

}  // namespace rap::bench
