// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace rap {

/// Reads a stream of server-sent events that arrives in pieces of any size (WHATWG HTML, section
/// 9.2): lines end with LF, CR or CRLF; an event is its `data` lines up to an empty line; other
/// fields and comments are left out. Any input is safe. One per stream; not thread-safe.
class SseParser {
 public:
  /// Events and lines longer than `max_event_bytes` end the stream.
  explicit SseParser(std::size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

  /// Receives the data of an event; returning false ends the stream.
  using OnEvent = std::function<bool(std::string_view data)>;

  /// Adds bytes. False once the stream has ended, because an event was too long or the receiver
  /// has had enough.
  bool push(std::string_view bytes, const OnEvent& on_event);

  /// Hands out an event that the end of the stream leaves without its empty line.
  void finish(const OnEvent& on_event);

  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }

 private:
  bool end_line(const OnEvent& on_event);

  std::size_t max_event_bytes_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool first_line_ = true;
  bool after_carriage_return_ = false;
  bool ended_ = false;
  bool overflowed_ = false;
};

}  // namespace rap
