// SPDX-License-Identifier: Apache-2.0
#include "core/iso_time.h"

#include <array>
#include <ctime>

namespace rap {

std::string to_iso_time(TimestampMs time) {
  const auto seconds = static_cast<std::time_t>(time / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

}  // namespace rap
