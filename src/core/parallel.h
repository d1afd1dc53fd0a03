// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace rap {

/// How many threads are meant: `threads`, or one per core where that is 0.
[[nodiscard]] inline std::size_t thread_count(int threads) {
  if (threads > 0) return static_cast<std::size_t>(threads);
  return std::max(1U, std::thread::hardware_concurrency());
}

/// Calls share(first, last) for neighbouring parts of [0, count) that together are all of it, one from each of
/// `threads` threads (0 = one per core), of which the caller's is one; returns when all are done. Parts must not depend
/// on each other, so that results do not depend on how many there are. `share` must not throw.
template <class Share>
void in_parallel(std::size_t count, int threads, const Share& share) {
  const std::size_t shares = std::clamp<std::size_t>(thread_count(threads), 1, std::max<std::size_t>(count, 1));
  const auto start = [&](std::size_t index) { return count * index / shares; };
  std::vector<std::jthread> helpers;
  std::size_t next = 1;
  try {
    for (helpers.reserve(shares - 1); next < shares; ++next) {
      helpers.emplace_back([&share, first = start(next), last = start(next + 1)] { share(first, last); });
    }
  } catch (const std::system_error&) {
    share(start(next), count);  // there are no more threads to be had
  }
  share(0, start(1));
}

}  // namespace rap
