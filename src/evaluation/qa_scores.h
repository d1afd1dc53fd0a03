// SPDX-License-Identifier: Apache-2.0
// Whether a short answer is right. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rap/types.h"

namespace rap::evaluation {

/// As the RAP reference normalises before it compares: lower case, no punctuation, no articles, single
/// spaces. Folds accents as well.
[[nodiscard]] std::string normalised_answer(std::string_view answer);

/// Whether the normalised answer is one of the normalised `values`.
[[nodiscard]] bool is_exactly(std::string_view answer, std::span<const std::string> values);

/// Whether the answer says one of `values` as whole words.
[[nodiscard]] bool says_any(std::string_view answer, std::span<const std::string> values);

/// Yes or no, whichever word comes first; none if neither does.
[[nodiscard]] std::optional<bool> yes_or_no(std::string_view answer);

/// The letter of a multiple-choice answer, upper case: "B", "b.", "B. Dog"; none if the answer does not
/// begin with a single letter.
[[nodiscard]] std::optional<char> chosen_letter(std::string_view answer);

/// The first box of an answer, written [x1,y1,x2,y2] in percent of the photo's size (see seen_text());
/// none if there is none of positive area.
[[nodiscard]] std::optional<Box> box_in(std::string_view answer);

}  // namespace rap::evaluation
