// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

namespace rap::cli {
namespace {

constexpr auto kPatience = std::chrono::seconds(1);  ///< shorter work shows nothing
constexpr auto kRedraw = std::chrono::milliseconds(200);
constexpr std::size_t kBarColumns = 30;
constexpr std::string_view kEraseLine = "\r\x1B[K";

std::string clock(std::chrono::seconds time) { return fmt::format("{}:{:02}", time.count() / 60, time.count() % 60); }

}  // namespace

std::string progress_line(std::string_view label, std::size_t done, std::size_t steps, std::chrono::seconds elapsed) {
  if (steps == 0) return fmt::format("{} {}", label, clock(elapsed));
  const std::size_t filled = std::min(kBarColumns, kBarColumns * done / steps);
  std::string line = fmt::format("{} [{}{}] {}/{}", label, std::string(filled, '#'),
                                 std::string(kBarColumns - filled, '-'), done, steps);
  if (done > 0 && done < steps) {
    const auto left = elapsed * static_cast<std::int64_t>(steps - done) / static_cast<std::int64_t>(done);
    line += fmt::format("  {} left", clock(left));
  }
  return line;
}

Progress::Progress(Console& console, std::string label, std::size_t steps, bool shown)
    : console_(console), label_(std::move(label)), steps_(steps) {
  if (shown && console.err_is_terminal) watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

Progress::~Progress() { finish(); }

void Progress::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  // The predicate is never true: the wait ends by time or by the stop request.
  const auto never = [] { return false; };
  changed_.wait_for(lock, stop, kPatience, never);
  while (!stop.stop_requested()) {
    draw();
    changed_.wait_for(lock, stop, kRedraw, never);
  }
  clear();
}

void Progress::draw() {
  const auto elapsed = std::chrono::steady_clock::now() - start_;
  console_.err << kEraseLine
               << progress_line(label_, done_, steps_, std::chrono::duration_cast<std::chrono::seconds>(elapsed))
               << std::flush;
  on_screen_ = true;
}

void Progress::clear() {
  if (!on_screen_) return;
  console_.err << kEraseLine << std::flush;
  on_screen_ = false;
}

void Progress::advance() {
  const std::lock_guard lock(mutex_);
  ++done_;
}

void Progress::write(std::ostream& to, std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear();
  to << text << std::flush;
}

void Progress::finish() {
  if (!watcher_.joinable()) return;
  watcher_.request_stop();
  watcher_.join();
}

}  // namespace rap::cli
