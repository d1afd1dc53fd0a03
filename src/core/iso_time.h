// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "rap/types.h"

namespace rap {

/// UTC in ISO 8601 with seconds, e.g. "2026-11-23T12:20:00Z".
[[nodiscard]] std::string to_iso_time(TimestampMs time);

}  // namespace rap
