// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>

#include "rap/result.h"
#include "rap/types.h"
#include "server/photo_fetcher.h"

namespace rap::server {

/// Gets photos as requests name them. Thread-safe.
class PhotoReader {
 public:
  explicit PhotoReader(PhotoFetcher fetcher) : fetcher_(std::move(fetcher)) {}

  /// The bytes of a data URI, of plain base64, or of an address on the allow-list. They need not be a photo. Fails like
  /// parse_photo_text() and PhotoFetcher::fetch().
  [[nodiscard]] Result<Bytes> read(std::string_view text) const;

 private:
  PhotoFetcher fetcher_;
};

}  // namespace rap::server
