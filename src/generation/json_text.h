// SPDX-License-Identifier: Apache-2.0
// Between the text of a JSON document and what its strings say. Tolerant: an answer that was cut off is no document.
#pragma once

#include <string>
#include <string_view>

namespace rap {

/// `json` with every escape replaced by its character, so that names are found in it as in other text; escaped control
/// characters become spaces, what is no escape stays as it is.
[[nodiscard]] std::string json_as_read(std::string_view json);

/// `text` as it stands between the quotes of a JSON string.
[[nodiscard]] std::string json_escaped(std::string_view text);

}  // namespace rap
