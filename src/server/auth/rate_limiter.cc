// SPDX-License-Identifier: Apache-2.0
#include "server/auth/rate_limiter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/ip_address.h"

namespace rap::server {
namespace {

constexpr Rate kFailures{.per_minute = 10.0, .burst = 10.0};
constexpr std::size_t kCustomerBits = 64;

std::string customer_of(std::string_view peer_address) {
  const auto address = IpAddress::parse(peer_address);
  if (!address) return std::string(peer_address);
  return address->is_v4() ? address->text() : address->prefix(kCustomerBits).text();
}

}  // namespace

RateLimiter::RateLimiter(Rate rate, std::size_t max_buckets, SteadyClock now)
    : rate_(rate), max_buckets_(max_buckets), now_(std::move(now)) {}

std::chrono::seconds RateLimiter::take(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const Time now = now_();
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
  } else {
    buckets_.push_front({std::string(name), rate_.burst, now});
    by_name_.emplace(buckets_.front().name, buckets_.begin());
  }
  if (buckets_.size() > max_buckets_) {
    by_name_.erase(buckets_.back().name);
    buckets_.pop_back();
  }
  Bucket& bucket = buckets_.front();
  bucket.tokens = tokens_at(bucket, now);
  bucket.filled = now;
  const auto wait = until_one(bucket.tokens);
  if (wait == std::chrono::seconds(0)) bucket.tokens -= 1.0;
  return wait;
}

std::chrono::seconds RateLimiter::wait(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::chrono::seconds(0);
  return until_one(tokens_at(*found->second, now_()));
}

double RateLimiter::tokens_at(const Bucket& bucket, Time now) const {
  const std::chrono::duration<double, std::ratio<60>> minutes = now - bucket.filled;
  return std::min(rate_.burst, bucket.tokens + minutes.count() * rate_.per_minute);
}

std::chrono::seconds RateLimiter::until_one(double tokens) const {
  if (tokens >= 1.0) return std::chrono::seconds(0);
  const double seconds = (1.0 - tokens) / rate_.per_minute * 60.0;
  return std::chrono::seconds(std::max(1L, std::lround(std::ceil(seconds))));
}

GuessGuard::GuessGuard(SteadyClock now) : failures_(kFailures, 10'000, std::move(now)) {}

std::chrono::seconds GuessGuard::wait(std::string_view peer_address) const {
  return failures_.wait(customer_of(peer_address));
}

void GuessGuard::failed(std::string_view peer_address) { (void)failures_.take(customer_of(peer_address)); }

}  // namespace rap::server
