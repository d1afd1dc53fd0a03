// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/auth/clocks.h"

namespace rap::server {

/// How often something may be done: `burst` times at once, and then as often as this a minute.
struct Rate {
  double per_minute = 120.0;  ///< above 0
  double burst = 60.0;        ///< at least 1
};

/// Holds everyone to a rate: a token bucket each. Thread-safe. It knows at most `max_buckets` names;
/// one more forgets the name that was seen longest ago, which is also the likeliest to be full again.
class RateLimiter {
 public:
  explicit RateLimiter(Rate rate, std::size_t max_buckets = 10'000, SteadyClock now = std::chrono::steady_clock::now);
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  /// Takes a token of `name` and returns 0, or returns the seconds until there is one, rounded up.
  [[nodiscard]] std::chrono::seconds take(std::string_view name);

  /// The seconds until `name` could take a token, rounded up; 0 if it could now.
  [[nodiscard]] std::chrono::seconds wait(std::string_view name) const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Bucket {
    std::string name;
    double tokens;  ///< at `filled`
    Time filled;
  };

  [[nodiscard]] double tokens_at(const Bucket& bucket, Time now) const;
  [[nodiscard]] std::chrono::seconds until_one(double tokens) const;

  const Rate rate_;
  const std::size_t max_buckets_;
  const SteadyClock now_;
  mutable std::mutex mutex_;
  std::list<Bucket> buckets_;                                                  ///< the one that was used last in front
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_name_;  ///< names are those in buckets_
};

/// Slows down whoever guesses keys: failures are counted per address (of IPv6 per /64, which is what
/// one customer has). A key of 256 bits is not guessed either way; this keeps the log and the processor
/// free. Thread-safe.
class GuessGuard {
 public:
  explicit GuessGuard(SteadyClock now = std::chrono::steady_clock::now);

  /// The seconds before this address may try again; 0 if now.
  [[nodiscard]] std::chrono::seconds wait(std::string_view peer_address) const;

  /// Counts a failed try.
  void failed(std::string_view peer_address);

 private:
  RateLimiter failures_;
};

}  // namespace rap::server
