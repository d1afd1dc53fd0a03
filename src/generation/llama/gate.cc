// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/gate.h"

#include <chrono>
#include <utility>

namespace rap {
namespace {

constexpr std::chrono::milliseconds kBetweenQuestions{50};  ///< whether a waiting caller still wants its turn

}  // namespace

Gate::Pass::Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}

Gate::Pass::~Pass() {
  if (gate_) gate_->leave();
}

Gate::Pass Gate::enter(const std::function<bool()>& is_cancelled) {
  std::unique_lock lock(mutex_);
  // One of those inside is served; the others wait.
  if (next_ticket_ - now_serving_ - abandoned_.size() > max_waiting_) return Pass(nullptr);
  const std::uint64_t ticket = next_ticket_++;
  const auto is_next = [&] { return now_serving_ == ticket; };
  if (!is_cancelled) turn_.wait(lock, is_next);
  while (!turn_.wait_for(lock, kBetweenQuestions, is_next)) {
    if (is_cancelled()) {
      abandoned_.insert(ticket);
      return Pass(nullptr);
    }
  }
  return Pass(this);
}

void Gate::leave() {
  {
    const std::lock_guard lock(mutex_);
    pass_on();
  }
  turn_.notify_all();
}

/// Serves the next ticket whose caller still waits.
void Gate::pass_on() {
  do ++now_serving_;
  while (abandoned_.erase(now_serving_) > 0);
}

}  // namespace rap
