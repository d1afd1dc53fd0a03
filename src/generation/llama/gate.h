// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>

namespace rap {

/// Lets one caller at a time use a model, in order of arrival, and turns callers away when too
/// many wait. Thread-safe.
class Gate {
 public:
  explicit Gate(std::size_t max_waiting) : max_waiting_(max_waiting) {}

  /// The right to use the model, as long as it lives. False if the caller was turned away.
  class Pass {
   public:
    Pass(Pass&& other) noexcept;
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    Pass& operator=(Pass&&) = delete;
    ~Pass();
    explicit operator bool() const noexcept { return gate_ != nullptr; }

   private:
    friend class Gate;
    explicit Pass(Gate* gate) : gate_(gate) {}
    Gate* gate_;
  };

  /// Waits for its turn. Without a pass at once when `max_waiting` callers wait already, and soon after
  /// `is_cancelled` (may be empty; asked while waiting) says that the caller no longer wants it.
  [[nodiscard]] Pass enter(const std::function<bool()>& is_cancelled = {});

  [[nodiscard]] std::size_t max_waiting() const noexcept { return max_waiting_; }

 private:
  void leave();
  void pass_on();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t now_serving_ = 0;
  std::set<std::uint64_t> abandoned_;  ///< tickets whose callers wait no longer
};

}  // namespace rap
