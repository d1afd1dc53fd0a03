// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rap {

/// The terms of a text for a full-text index: its folded words; runs of scripts written without
/// spaces (Han, Kana, Thai, Hangul, ...) as single characters and overlapping pairs, so that a word
/// inside a run is found. Terms are letters and digits only.
[[nodiscard]] std::vector<std::string> index_terms(std::string_view text);

/// The distinct terms of a question, without English function words ("who is the ..."), at most
/// kQueryTerms of them.
[[nodiscard]] std::vector<std::string> query_terms(std::string_view question);

inline constexpr std::size_t kQueryTerms = 128;

}  // namespace rap
