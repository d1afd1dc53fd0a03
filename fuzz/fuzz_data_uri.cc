// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "core/base64.h"
#include "fuzz/target.h"
#include "server/data_uri.h"

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  std::vector<std::vector<std::uint8_t>> all;
  for (const std::string_view text :
       {"data:image/jpeg;base64,/9j/4AAQSkZJRg==", "DATA:image/png;name=a.png;BASE64,iVBORw0K",
        "data:text/plain;base64,aGVsbG8=", "data:,hello", "/9j/4AAQSkZJRg=="}) {
    all.emplace_back(text.begin(), text.end());
  }
  return all;
}

/// What is accepted is within the limit, and the only text for its bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rap::fuzz::require;
  constexpr std::size_t kMaxBytes = 1'000;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto photo = rap::server::parse_data_uri(text, kMaxBytes)) {
    require(!photo->empty() && photo->size() <= kMaxBytes);
    require(text.ends_with("," + rap::base64(*photo)));
  }
  if (const auto photo = rap::server::parse_photo_text(text, kMaxBytes)) {
    require(!photo->empty() && photo->size() <= kMaxBytes && text.ends_with(rap::base64(*photo)));
  }
  return 0;
}
