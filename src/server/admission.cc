// SPDX-License-Identifier: Apache-2.0
#include "server/admission.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace rap::server {

Admission::Place::Place(Place&& other) noexcept : of_(std::exchange(other.of_, nullptr)), since_(other.since_) {}

Admission::Place::~Place() {
  if (of_) of_->leave(std::chrono::steady_clock::now() - since_);
}

std::optional<Admission::Place> Admission::enter(const std::function<bool()>& is_cancelled) {
  constexpr std::chrono::milliseconds kBetweenQuestions{100};
  std::unique_lock lock(mutex_);
  const auto is_free = [&] { return inside_ < at_once_; };
  if (!is_free() && waiting_ >= max_waiting_) return std::nullopt;
  ++waiting_;
  bool entered = is_free();
  while (!entered && !is_cancelled()) entered = left_.wait_for(lock, kBetweenQuestions, is_free);
  --waiting_;
  if (!entered) return std::nullopt;
  ++inside_;
  return Place(this);
}

std::size_t Admission::inside() const {
  const std::lock_guard lock(mutex_);
  return inside_ + waiting_;
}

std::chrono::seconds Admission::wait() const {
  const std::lock_guard lock(mutex_);
  const double seconds = static_cast<double>(waiting_ + 1) * usual_seconds_ / static_cast<double>(at_once_);
  return std::chrono::seconds(std::clamp(std::lround(std::ceil(seconds)), 1L, 60L));
}

void Admission::leave(std::chrono::steady_clock::duration stayed) {
  constexpr double kWeight = 0.1;  // of the newest in the average
  {
    const std::lock_guard lock(mutex_);
    --inside_;
    usual_seconds_ += kWeight * (std::chrono::duration<double>(stayed).count() - usual_seconds_);
  }
  left_.notify_one();
}

}  // namespace rap::server
