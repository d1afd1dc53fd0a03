// SPDX-License-Identifier: Apache-2.0
// Clocks as parameters, so that tests need not wait.
#pragma once

#include <chrono>
#include <functional>

#include "rap/types.h"

namespace rap::server {

/// A clock like now_ms(): the time of day.
using WallClock = std::function<TimestampMs()>;

/// A clock that never goes back.
using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

}  // namespace rap::server
