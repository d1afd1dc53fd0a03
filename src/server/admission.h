// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>

namespace rap::server {

/// Bounds how many do something at once and how many wait for it; more are turned away. Thread-safe.
class Admission {
 public:
  Admission(std::size_t at_once, std::size_t waiting) : at_once_(at_once), max_waiting_(waiting) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  /// A place, as long as it lives.
  class Place {
   public:
    Place(Place&& other) noexcept;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Place& operator=(Place&&) = delete;
    ~Place();

   private:
    friend class Admission;
    explicit Place(Admission* of) : of_(of), since_(std::chrono::steady_clock::now()) {}
    Admission* of_;
    std::chrono::steady_clock::time_point since_;
  };

  /// Waits for a place. None at once when too many wait already, and soon after `is_cancelled` (asked while waiting)
  /// says that it is no longer wanted.
  [[nodiscard]] std::optional<Place> enter(const std::function<bool()>& is_cancelled);

  /// How many are inside or wait.
  [[nodiscard]] std::size_t inside() const;

  /// About how long it takes until there is a place for one more: at least a second, at most a minute.
  [[nodiscard]] std::chrono::seconds wait() const;

 private:
  void leave(std::chrono::steady_clock::duration stayed);

  const std::size_t at_once_;
  const std::size_t max_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::size_t inside_ = 0;
  std::size_t waiting_ = 0;
  double usual_seconds_ = 1.0;  ///< of a stay, moving average
};

}  // namespace rap::server
