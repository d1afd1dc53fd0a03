// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rap/engines.h"

namespace rap {

/// Bytes at the start of `text` that are whole UTF-8 characters (an unfinished one at the end is
/// left out).
[[nodiscard]] std::size_t complete_utf8(std::string_view text);

/// Whether `text` is valid UTF-8, or can become so by more bytes.
[[nodiscard]] bool is_utf8_so_far(std::string_view text);

/// Hands the bytes a model makes to an OnText in pieces of valid UTF-8, up to a stop text. Blanks
/// before the first word are dropped. One per answer; not thread-safe.
class TextStream {
 public:
  /// Borrows both.
  TextStream(const std::vector<std::string>& stops, const OnText& on_text) : stops_(stops), on_text_(on_text) {}

  enum class State { kOpen, kStopped, kCancelled };

  /// Adds bytes. Once the state is not kOpen nothing more is taken.
  State push(std::string_view bytes);

  /// Takes nothing more; what is held back stays so.
  State cancel() { return state_ = State::kCancelled; }

  /// Hands out what was held back. Call once, at the end.
  State finish();

  /// All that was handed out.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// All that was pushed, whole characters only: what a reader will have read.
  [[nodiscard]] std::string pushed() const { return text_ + held_.substr(0, complete_utf8(held_)); }

 private:
  void deliver(std::size_t bytes);

  const std::vector<std::string>& stops_;
  const OnText& on_text_;
  std::string held_;  // pushed, not yet handed out
  std::string text_;
  State state_ = State::kOpen;
};

}  // namespace rap
