// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rap::server {

/// The parts of an http or https URL that matter to whoever fetches it.
struct Url {
  bool is_tls = false;
  std::string host;    ///< lower case; an IPv6 address without its brackets
  int port = 0;        ///< 1 to 65535
  std::string target;  ///< path and query, begins with '/'

  /// "https://host:port", with brackets around an IPv6 address.
  [[nodiscard]] std::string origin() const;

  friend bool operator==(const Url&, const Url&) = default;
};

/// Reads an absolute URL of at most 2,048 printable ASCII characters (RFC 3986; a host in other letters
/// comes as Punycode). User names in it are refused, a fragment is dropped. None for anything else.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

/// Where a redirect from `base` leads: `location` is absolute, or relative to `base`.
[[nodiscard]] std::optional<Url> resolve_location(const Url& base, std::string_view location);

/// A host and perhaps its port, as in "example.org", "192.0.2.1:8080" or "[::1]:80".
struct HostAndPort {
  std::string host;         ///< as in Url
  std::optional<int> port;  ///< none if none is given
};
[[nodiscard]] std::optional<HostAndPort> parse_host_and_port(std::string_view text);

}  // namespace rap::server
