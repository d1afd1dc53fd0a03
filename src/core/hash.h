// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "rap/result.h"

namespace rap {

/// SHA-256 (FIPS 180-4) of `bytes` as 64 lower-case hex digits. Thread-safe.
[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);

/// SHA-256 of a file's contents, read in pieces. kIo if it cannot be read.
[[nodiscard]] Result<std::string> sha256_file(const std::filesystem::path& file);

}  // namespace rap
