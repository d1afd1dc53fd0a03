// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "rap/result.h"
#include "rap/types.h"

namespace rap::server {

/// The photo in a data URI (RFC 2397) like "data:image/jpeg;base64,...". The media type has to be an
/// image, the base64 exact (decode_base64); what the photo really is, its bytes tell. Errors have the
/// field "photo" and repeat nothing of the text: kInvalidArgument, kUnsupported for another media type,
/// kTooLarge beyond `max_bytes`.
[[nodiscard]] Result<Bytes> parse_data_uri(std::string_view uri, std::size_t max_bytes = Limits::kPhotoBytes);

/// The photo in a text that is a data URI, or base64 alone. Fails as parse_data_uri().
[[nodiscard]] Result<Bytes> parse_photo_text(std::string_view text, std::size_t max_bytes = Limits::kPhotoBytes);

/// Whether a text says that it is a data URI, or one of a photo.
[[nodiscard]] bool is_data_uri(std::string_view text) noexcept;
[[nodiscard]] bool is_photo_uri(std::string_view text) noexcept;

}  // namespace rap::server
