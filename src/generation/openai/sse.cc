// SPDX-License-Identifier: Apache-2.0
#include "generation/openai/sse.h"

#include <utility>

namespace rap {

bool SseParser::push(std::string_view bytes, const OnEvent& on_event) {
  for (const char byte : bytes) {
    if (ended_) break;
    // The LF of a CRLF belongs to the line end that its CR made.
    if (std::exchange(after_carriage_return_, byte == '\r') && byte == '\n') continue;
    if (byte == '\r' || byte == '\n') {
      ended_ = !end_line(on_event);
    } else if (line_.size() + data_.size() >= max_event_bytes_) {
      ended_ = overflowed_ = true;
    } else {
      line_ += byte;
    }
  }
  return !ended_;
}

void SseParser::finish(const OnEvent& on_event) {
  if (!ended_ && !line_.empty()) ended_ = !end_line(on_event);
  if (!ended_) end_line(on_event);
  ended_ = true;
}

bool SseParser::end_line(const OnEvent& on_event) {
  std::string line = std::exchange(line_, {});
  if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  if (line.empty()) {
    const std::string data = std::exchange(data_, {});
    return !std::exchange(has_data_, false) || on_event(data);
  }
  constexpr std::string_view kField = "data";
  if (!line.starts_with(kField)) return true;
  std::string_view value = std::string_view(line).substr(kField.size());
  if (!value.empty()) {
    if (value.front() != ':') return true;  // another field that starts alike
    value.remove_prefix(value.starts_with(": ") ? 2 : 1);
  }
  if (std::exchange(has_data_, true)) data_ += '\n';
  data_ += value;
  return true;
}

}  // namespace rap
