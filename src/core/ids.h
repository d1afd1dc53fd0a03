// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "rap/types.h"

namespace rap {

/// A new identifier: 128 random bits of the operating system as 32 lower-case hex digits.
[[nodiscard]] std::string random_id();

/// The system clock.
[[nodiscard]] TimestampMs now_ms();

}  // namespace rap
