// SPDX-License-Identifier: Apache-2.0
#include "core/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace rap {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint32_t kNoDigit = 64;
constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

std::string encode(std::span<const std::byte> bytes, std::string_view digits) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto group = bytes.subspan(at, std::min<std::size_t>(3, bytes.size() - at));
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < group.size() ? std::to_integer<std::uint32_t>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i <= group.size(); ++i) text += digits[bits >> (18U - 6U * i) & 63U];
  }
  return text;
}

}  // namespace

std::string base64(std::span<const std::byte> bytes) {
  std::string text = encode(bytes, kDigits);
  text.resize((bytes.size() + 2) / 3 * 4, '=');
  return text;
}

std::string base64url(std::span<const std::byte> bytes) { return encode(bytes, kUrlDigits); }

std::optional<Bytes> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    const std::string_view group = text.substr(at, 4);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint32_t value = i < group.size() ? kValues[static_cast<unsigned char>(group[i])] : 0U;
      if (value == kNoDigit) return std::nullopt;
      bits = bits << 6U | value;
    }
    const std::size_t count = group.size() - 1;
    for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(bits >> (16U - 8U * i)));
    if (count < 3 && (bits & (0xFFFFU >> (8U * (count - 1)))) != 0) return std::nullopt;
  }
  return bytes;
}

}  // namespace rap
