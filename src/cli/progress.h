// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <iosfwd>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "cli/console.h"

namespace rap::cli {

/// A line on stderr that shows that something goes on: a bar when the number of steps is known,
/// else the seconds gone by. Appears only when the work takes longer than a second and stderr is
/// a terminal; removes itself. While it lives, write to the terminal through write() only.
class Progress {
 public:
  /// `steps` = 0: not known. `shown` false: never appears.
  Progress(Console& console, std::string label, std::size_t steps, bool shown);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One step is done.
  void advance();

  /// Writes text to `to` without mixing it with the line.
  void write(std::ostream& to, std::string_view text);

  /// Removes the line for good. Harmless when called twice.
  void finish();

 private:
  void watch(const std::stop_token& stop);
  void draw();
  void clear();

  Console& console_;
  const std::string label_;
  const std::size_t steps_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();

  std::mutex mutex_;  ///< guards the terminal and what follows
  std::condition_variable_any changed_;
  std::size_t done_ = 0;
  bool on_screen_ = false;
  std::jthread watcher_;
};

/// The text of the line, without colours: for example `photos [####------] 4/10  0:12 left`.
/// `elapsed` is the time since the first step began.
[[nodiscard]] std::string progress_line(std::string_view label, std::size_t done, std::size_t steps,
                                        std::chrono::seconds elapsed);

}  // namespace rap::cli
