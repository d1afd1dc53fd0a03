// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace rap {

/// `text` for HTML: &, <, >, " and ' become entities; control characters but tab and line feed, which
/// no page may hold, become U+FFFD.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace rap
