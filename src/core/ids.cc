// SPDX-License-Identifier: Apache-2.0
#include "core/ids.h"

#include <chrono>
#include <cstdint>
#include <random>

namespace rap {

std::string random_id() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device device;  // getrandom(2) on Linux
  std::string text;
  for (int word = 0; word < 4; ++word) {
    std::uint32_t bits = device();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4U) text += kDigits[bits & 15U];
  }
  return text;
}

TimestampMs now_ms() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

}  // namespace rap
