// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rap/types.h"

namespace rap {

/// Base64 with padding (RFC 4648, section 4).
[[nodiscard]] std::string base64(std::span<const std::byte> bytes);

/// Base64 for addresses and headers, without padding (RFC 4648, section 5).
[[nodiscard]] std::string base64url(std::span<const std::byte> bytes);

/// The bytes of a base64 text, or none unless it is exactly what base64() makes of them: with its
/// padding, without white space, no bits left over.
[[nodiscard]] std::optional<Bytes> decode_base64(std::string_view text);

}  // namespace rap
