// SPDX-License-Identifier: Apache-2.0
#include "server/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace rap::server {
namespace {

constexpr std::size_t kMappedBits = 96;  ///< the length of ::ffff:0:0/96

std::vector<IpNetwork> networks(std::initializer_list<const char*> texts) {
  std::vector<IpNetwork> all;
  for (const char* text : texts) all.push_back(*IpNetwork::parse(text));
  return all;
}

/// What of the whole of IPv4, and of the part of IPv6 that is given out (2000::/3), is not public.
const std::vector<IpNetwork>& special_networks() {
  static const std::vector<IpNetwork> kSpecial =
      networks({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
                "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
                "2001::/23",  // protocols, Teredo among them
                "2001:db8::/32", "2002::/16" /* 6to4 */, "3fff::/20"});
  return kSpecial;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  IpAddress address;
  if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
  address.bytes_ = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (::inet_pton(AF_INET, terminated.c_str(), address.bytes_.data() + kMappedBits / 8) == 1) return address;
  return std::nullopt;
}

bool IpAddress::is_v4() const noexcept {
  constexpr std::array<std::uint8_t, kMappedBits / 8> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin());
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4()) {
    ::inet_ntop(AF_INET, bytes_.data() + kMappedBits / 8, text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  return text.data();
}

IpAddress IpAddress::prefix(std::size_t bits) const noexcept {
  if (is_v4()) bits += kMappedBits;
  IpAddress first = *this;
  for (std::size_t i = 0; i < first.bytes_.size(); ++i) {
    const std::size_t kept = std::clamp<std::size_t>(bits, 8 * i, 8 * i + 8) - 8 * i;
    first.bytes_[i] = static_cast<std::uint8_t>(first.bytes_[i] & (0xFF00U >> kept));
  }
  return first;
}

bool IpAddress::is_public() const noexcept {
  const bool is_given_out = is_v4() || (bytes_[0] & 0xE0U) == 0x20U;  // 2000::/3
  return is_given_out &&
         std::ranges::none_of(special_networks(), [this](const IpNetwork& network) { return network.contains(*this); });
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const std::size_t longest = address->is_v4() ? 32 : 128;
  if (slash == text.size()) return IpNetwork(*address, longest);

  const std::string_view length = text.substr(slash + 1);
  std::size_t bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size() || bits > longest) return std::nullopt;
  if (address->prefix(bits) != *address) return std::nullopt;
  return IpNetwork(*address, bits);
}

bool IpNetwork::contains(const IpAddress& address) const noexcept {
  return address.is_v4() == address_.is_v4() && address.prefix(bits_) == address_;
}

}  // namespace rap::server
