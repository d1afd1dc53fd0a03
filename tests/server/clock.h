// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "server/auth/clocks.h"

namespace rap::testing {

/// A clock that goes when it is told to.
class HandClock {
 public:
  void advance(std::chrono::milliseconds time) { passed_ += time; }

  /// The clock as the parts take it; it must outlive them.
  [[nodiscard]] server::SteadyClock steady() {
    return [this] { return std::chrono::steady_clock::time_point(std::chrono::hours(1000) + passed_); };
  }
  [[nodiscard]] server::WallClock wall() {
    return [this] { return now(); };
  }
  [[nodiscard]] TimestampMs now() const { return 1'700'000'000'000 + passed_.count(); }

 private:
  std::chrono::milliseconds passed_{0};
};

}  // namespace rap::testing
