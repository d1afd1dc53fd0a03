// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rap/result.h"

namespace rap::server {

/// Characters of a token: 256 bits in base64url.
inline constexpr std::size_t kTokenCharacters = 43;

/// 256 random bits of the operating system (getrandom(2)) in base64url. kInternal where it has none.
[[nodiscard]] Result<std::string> random_token();

/// Whether two texts are equal, in a time that tells nothing about where they differ. (Their
/// lengths are no secret.)
[[nodiscard]] bool equal_secrets(std::string_view a, std::string_view b) noexcept;

}  // namespace rap::server
