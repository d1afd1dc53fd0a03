// SPDX-License-Identifier: Apache-2.0
// Where a command reads and writes, and what kind of place that is.
#pragma once

#include <atomic>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

namespace rap::cli {

/// Standard streams of one command. The streams are borrowed and outlive the console.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t columns = 0;         ///< width of the terminal behind `out`; 0 = unlimited
  std::atomic<bool>& interrupted;  ///< set by Ctrl-C; whoever obeys it may clear it
};

/// Ways to make a stretch of text stand out.
enum class Style { kPlain, kBold, kDim, kRed };

/// `text` between the escape sequences of `style`, or just `text` without `colour`.
[[nodiscard]] std::string styled(Style style, std::string_view text, bool colour);

/// `text` with every control character but line feed and tab replaced by U+FFFD, so that stored
/// or generated text cannot steer the terminal. Overrides of the writing direction count too.
[[nodiscard]] std::string printable(std::string_view text);

/// Like printable(), and line feeds and tabs become spaces.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace rap::cli
