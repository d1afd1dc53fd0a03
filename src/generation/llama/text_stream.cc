// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/text_stream.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace rap {
namespace {

/// Length that the first byte of a UTF-8 character announces; 1 for bytes that cannot start one.
std::size_t announced_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xF0 && byte < 0xF8) return 4;
  if (byte >= 0xE0) return byte < 0xF0 ? 3 : 1;
  return byte >= 0xC2 ? 2 : 1;
}

constexpr std::array kOuterContinuations{'\x80', '\xBF'};

bool is_continuation(char character) { return (static_cast<unsigned char>(character) & 0xC0U) == 0x80U; }

/// `text` with every byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string repaired_utf8(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view character = text.substr(at, announced_length(text[at]));
    if (count_characters(character)) {
      result += character;
      at += character.size();
    } else {
      result += "\xEF\xBF\xBD";
      ++at;
    }
  }
  return result;
}

/// Length of the longest end of `text` that is the beginning of a stop text.
std::size_t partial_stop(std::string_view text, const std::vector<std::string>& stops) {
  std::size_t longest = 0;
  for (const std::string& stop : stops) {
    for (std::size_t size = std::min(text.size(), stop.size()); size > longest; --size) {
      if (text.ends_with(std::string_view(stop).substr(0, size))) longest = size;
    }
  }
  return longest;
}

std::size_t first_stop(std::string_view text, const std::vector<std::string>& stops) {
  std::size_t first = std::string_view::npos;
  for (const std::string& stop : stops) {
    if (!stop.empty()) first = std::min(first, text.find(stop));
  }
  return first;
}

}  // namespace

std::size_t complete_utf8(std::string_view text) {
  std::size_t start = text.size();
  for (int back = 0; back < 3 && start > 0; ++back) {
    --start;
    if (!is_continuation(text[start])) {
      return announced_length(text[start]) > text.size() - start ? start : text.size();
    }
  }
  return text.size();
}

bool is_utf8_so_far(std::string_view text) {
  const std::size_t complete = complete_utf8(text);
  if (!count_characters(text.substr(0, complete))) return false;
  if (complete == text.size()) return true;
  // What may follow an unfinished character is a range that begins at 0x80 or ends at 0xBF.
  return std::any_of(kOuterContinuations.begin(), kOuterContinuations.end(), [&](char continuation) {
    std::string finished(text.substr(complete));
    finished.append(announced_length(finished.front()) - finished.size(), continuation);
    return count_characters(finished).has_value();
  });
}

void TextStream::deliver(std::size_t bytes) {
  std::string piece = repaired_utf8(std::string_view(held_).substr(0, bytes));
  held_.erase(0, bytes);
  if (text_.empty()) piece.erase(0, std::min(piece.find_first_not_of(" \n\r\t"), piece.size()));
  if (piece.empty()) return;
  text_ += piece;
  if (on_text_ && !on_text_(piece)) state_ = State::kCancelled;
}

TextStream::State TextStream::push(std::string_view bytes) {
  if (state_ != State::kOpen) return state_;
  held_.append(bytes);
  if (const std::size_t stop = first_stop(held_, stops_); stop != std::string::npos) {
    deliver(stop);
    held_.clear();
    if (state_ == State::kOpen) state_ = State::kStopped;
    return state_;
  }
  deliver(std::min(complete_utf8(held_), held_.size() - partial_stop(held_, stops_)));
  return state_;
}

TextStream::State TextStream::finish() {
  if (state_ == State::kOpen) deliver(held_.size());
  return state_;
}

}  // namespace rap
