// SPDX-License-Identifier: Apache-2.0
#include "server/photo_reader.h"

#include <string>

#include "core/text.h"
#include "server/data_uri.h"

namespace rap::server {

Result<Bytes> PhotoReader::read(std::string_view text) const {
  const std::string scheme = fold(text.substr(0, std::string_view("https://").size()));
  if (!scheme.starts_with("http://") && !scheme.starts_with("https://")) return parse_photo_text(text);
  if (fetcher_.is_enabled()) return fetcher_.fetch(text);
  return fail(ErrorCode::kInvalidArgument,
              "addresses of photos are not fetched here; send the photo itself as a data URI", "photo");
}

}  // namespace rap::server
