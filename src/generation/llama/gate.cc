// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/gate.h"

#include <utility>

namespace rap {

Gate::Pass::Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}

Gate::Pass::~Pass() {
  if (gate_) gate_->leave();
}

Gate::Pass Gate::enter() {
  std::unique_lock lock(mutex_);
  // One of those inside is served; the others wait.
  if (next_ticket_ - now_serving_ > max_waiting_) return Pass(nullptr);
  const std::uint64_t ticket = next_ticket_++;
  turn_.wait(lock, [&] { return now_serving_ == ticket; });
  return Pass(this);
}

void Gate::leave() {
  {
    const std::lock_guard lock(mutex_);
    ++now_serving_;
  }
  turn_.notify_all();
}

}  // namespace rap
