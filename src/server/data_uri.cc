// SPDX-License-Identifier: Apache-2.0
#include "server/data_uri.h"

#include <algorithm>
#include <string>

#include "core/base64.h"

namespace rap::server {
namespace {

constexpr std::string_view kScheme = "data:";
constexpr std::string_view kImage = "image/";
constexpr std::string_view kBase64 = ";base64";
constexpr std::size_t kMaxHeadCharacters = 200;  ///< what stands before the comma

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_any_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && std::ranges::equal(text.substr(0, start.size()), start, {}, lower);
}

bool ends_with_any_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && starts_with_any_case(text.substr(text.size() - end.size()), end);
}

/// Letters, digits and what else stands in media types and their parameters.
bool is_head_character(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$&-^_.+;=/").find(c) != std::string_view::npos;
}

Unexpected malformed() {
  return fail(ErrorCode::kInvalidArgument,
              "the photo must be a data URI like data:image/jpeg;base64,... with padded base64 without spaces",
              "photo");
}

Result<Bytes> decode(std::string_view text, std::size_t max_bytes) {
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::size_t bytes = text.size() / 4 * 3 - std::min(padding, text.size() / 4 * 3);
  if (bytes > max_bytes) {
    return fail(ErrorCode::kTooLarge,
                "the photo has " + std::to_string(bytes) + " bytes; the limit is " + std::to_string(max_bytes),
                "photo");
  }
  auto decoded = decode_base64(text);
  if (!decoded) return malformed();
  if (decoded->empty()) return fail(ErrorCode::kInvalidArgument, "the photo is empty", "photo");
  return *std::move(decoded);
}

}  // namespace

bool is_data_uri(std::string_view text) noexcept { return starts_with_any_case(text, kScheme); }

bool is_photo_uri(std::string_view text) noexcept {
  return is_data_uri(text) && starts_with_any_case(text.substr(kScheme.size()), kImage);
}

Result<Bytes> parse_data_uri(std::string_view uri, std::size_t max_bytes) {
  if (!is_data_uri(uri)) return malformed();
  uri.remove_prefix(kScheme.size());
  const std::size_t comma = uri.substr(0, kMaxHeadCharacters).find(',');
  if (comma == std::string_view::npos) return malformed();
  const std::string_view head = uri.substr(0, comma);
  if (!std::ranges::all_of(head, is_head_character) || !ends_with_any_case(head, kBase64)) return malformed();
  const std::size_t type_end = head.find(';');
  if (!starts_with_any_case(head, kImage) || type_end == kImage.size()) {
    return fail(ErrorCode::kUnsupported, "the photo's data URI does not say that it is an image", "photo");
  }
  return decode(uri.substr(comma + 1), max_bytes);
}

Result<Bytes> parse_photo_text(std::string_view text, std::size_t max_bytes) {
  return is_data_uri(text) ? parse_data_uri(text, max_bytes) : decode(text, max_bytes);
}

}  // namespace rap::server
