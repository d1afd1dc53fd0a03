// SPDX-License-Identifier: Apache-2.0
#include "server/auth/rate_limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/clock.h"

namespace rap::testing {
namespace {

using namespace std::chrono_literals;
using server::GuessGuard;
using server::RateLimiter;

TEST(RateLimiter, LetsABurstThroughAndThenHoldsTheRate) {
  HandClock clock;
  RateLimiter limiter({.per_minute = 30, .burst = 3}, 10, clock.steady());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a"), 0s);
  EXPECT_EQ(limiter.take("a"), 2s);
  EXPECT_EQ(limiter.take("a"), 2s) << "a refusal costs nothing";
  clock.advance(500ms);
  EXPECT_EQ(limiter.take("a"), 2s) << "1.5 s, rounded up";
  clock.advance(1500ms);
  EXPECT_EQ(limiter.wait("a"), 0s);
  EXPECT_EQ(limiter.take("a"), 0s);
  EXPECT_EQ(limiter.wait("a"), 2s);
  clock.advance(1h);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("a"), 0s);
  EXPECT_NE(limiter.take("a"), 0s) << "no more than the burst is saved up";
}

TEST(RateLimiter, NamesDoNotDisturbEachOther) {
  HandClock clock;
  RateLimiter limiter({.per_minute = 60, .burst = 1}, 10, clock.steady());
  EXPECT_EQ(limiter.take("a"), 0s);
  EXPECT_EQ(limiter.take("b"), 0s);
  EXPECT_EQ(limiter.take("a"), 1s);
}

TEST(RateLimiter, RemembersABoundedNumberOfNames) {
  HandClock clock;
  RateLimiter limiter({.per_minute = 1, .burst = 1}, 2, clock.steady());
  EXPECT_EQ(limiter.take("a"), 0s);
  EXPECT_EQ(limiter.take("b"), 0s);
  EXPECT_EQ(limiter.take("a"), 60s) << "seen last now";
  EXPECT_EQ(limiter.take("c"), 0s);
  EXPECT_EQ(limiter.wait("a"), 60s);
  EXPECT_EQ(limiter.wait("b"), 0s) << "forgotten";
}

TEST(RateLimiter, ThreadsTogetherGetNoMoreThanTheBurst) {
  HandClock clock;
  RateLimiter limiter({.per_minute = 1, .burst = 100}, 10, clock.steady());
  std::atomic<int> let_through{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) let_through += limiter.take("a") == 0s ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(let_through, 100);
}

TEST(GuessGuard, HoldsBackAnAddressThatKeepsFailing) {
  HandClock clock;
  GuessGuard guard(clock.steady());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(guard.wait("192.0.2.7"), 0s);
    guard.failed("192.0.2.7");
  }
  EXPECT_EQ(guard.wait("192.0.2.7"), 6s);
  EXPECT_EQ(guard.wait("::ffff:192.0.2.7"), 6s) << "the same address, written otherwise";
  EXPECT_EQ(guard.wait("192.0.2.8"), 0s);
  clock.advance(6s);
  EXPECT_EQ(guard.wait("192.0.2.7"), 0s);
}

TEST(GuessGuard, TakesACustomersIpv6AddressesTogether) {
  HandClock clock;
  GuessGuard guard(clock.steady());
  for (int i = 0; i < 10; ++i) guard.failed("2001:db8:1:2::" + std::to_string(i));
  EXPECT_NE(guard.wait("2001:db8:1:2:ffff::1"), 0s);
  EXPECT_EQ(guard.wait("2001:db8:1:3::1"), 0s);
}

}  // namespace
}  // namespace rap::testing
