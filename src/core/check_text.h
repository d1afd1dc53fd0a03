// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rap/result.h"

namespace rap {

/// Whether a text may have line breaks and tabs.
enum class Breaks { kForbidden, kAllowed };

/// Whether a text that a user gave may be stored: valid UTF-8 (else kInvalidArgument) of at most
/// `limit` characters (else kTooLarge), without control characters. Errors name `field`.
[[nodiscard]] Result<void> check_text(std::string_view text, std::size_t limit, Breaks breaks,
                                      const std::string& field);

/// The error of `count` things of a kind, e.g. "views", where `limit` are allowed.
[[nodiscard]] Unexpected too_many(std::size_t count, std::size_t limit, const char* what, const std::string& field);

}  // namespace rap
