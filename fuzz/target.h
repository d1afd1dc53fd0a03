// SPDX-License-Identifier: Apache-2.0
// What a fuzz target offers to libFuzzer and to standalone.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Runs the parser on one input; must not crash, print or leak whatever the input is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace rap::fuzz {

/// Well-formed inputs that mutations start from.
std::vector<std::vector<std::uint8_t>> seeds();

inline std::span<const std::byte> as_bytes(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

/// Ends the process, so that the driver reports the input; for broken promises of the parser.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace rap::fuzz
