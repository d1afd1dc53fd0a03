// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rap::server {

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:192.0.2.1) is the IPv4 address it
/// stands for, so that nothing is judged by how it is written.
class IpAddress {
 public:
  /// Reads the usual numeric forms: four decimal numbers, or RFC 4291 without a zone. None for
  /// anything else, such as "127.1" or "0x7f.0.0.1".
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const noexcept;

  /// The canonical text; parse() reads it.
  [[nodiscard]] std::string text() const;

  /// The first `bits` of the address, the rest zero. `bits` counts from the front of the 4 or 16
  /// bytes, and is at most their number.
  [[nodiscard]] IpAddress prefix(std::size_t bits) const noexcept;

  /// Whether the whole internet may reach it: not private, loopback, link-local, shared (CGNAT),
  /// multicast, documentation, benchmarking or reserved in any way, and no IPv6 address that wraps
  /// an IPv4 one for a gateway (6to4, Teredo, NAT64). After the special-purpose registries of IANA
  /// (RFC 6890).
  [[nodiscard]] bool is_public() const noexcept;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};  ///< IPv4 in its mapped form
};

/// A range of addresses: those that share a prefix.
class IpNetwork {
 public:
  /// Reads an address, which is then alone, or CIDR ("10.0.0.0/8", "fd00::/8"). None for anything
  /// else, also when the address has bits beyond the prefix.
  [[nodiscard]] static std::optional<IpNetwork> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;

 private:
  IpNetwork(const IpAddress& address, std::size_t bits) : address_(address), bits_(bits) {}

  IpAddress address_;
  std::size_t bits_;
};

}  // namespace rap::server
