// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rap/result.h"
#include "rap/types.h"
#include "server/ip_address.h"
#include "server/resolver.h"
#include "server/url.h"

namespace rap::server {

/// From where photos may be fetched, and how much that may take. Without hosts, nothing is fetched.
struct FetchOptions {
  /// "example.org", or "*.example.org" for every host below it; ":8443" at the end allows that port, else
  /// only 80 of http and 443 of https. Addresses as in URLs: "192.0.2.1", "[2001:db8::1]".
  std::vector<std::string> hosts;
  /// CIDR ranges that may be reached though they are not public, e.g. "192.168.1.0/24".
  std::vector<std::string> networks;
  std::size_t max_bytes = Limits::kPhotoBytes;
  int max_redirects = 3;
  std::chrono::milliseconds deadline{10'000};  ///< for everything together, redirects too
  std::string ca_file;                         ///< PEM certificates trusted instead of the system's; empty = those
  Resolver resolve;                            ///< empty = system_resolver()
};

/// Fetches photos by URL for clients who could otherwise make the server ask its own network (SSRF):
/// hosts are allowed by name, then each address that the name stands for is judged, and the connection
/// goes to the very address that was judged, for every redirect again. Thread-safe.
class PhotoFetcher {
 public:
  /// kInvalidArgument names what is wrong with a host or a network.
  [[nodiscard]] static Result<PhotoFetcher> make(FetchOptions options);

  /// Whether any host is allowed.
  [[nodiscard]] bool is_enabled() const noexcept { return !hosts_.empty(); }

  /// The file behind a URL, not looked at. Errors have the field "photo", and tell nothing about hosts
  /// and networks that are not allowed:
  /// kInvalidArgument   no http or https URL, a host that is not allowed or has no address that is,
  ///                    or too many redirects
  /// kTooLarge          more than max_bytes
  /// kUnsupported       it was sent compressed
  /// kUnavailable       not reached, not answered with 200, or not within the deadline
  [[nodiscard]] Result<Bytes> fetch(std::string_view url) const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  /// One line of the list of hosts.
  struct AllowedHost {
    std::string name;  ///< as in Url; of a wildcard with its dot in front, ".example.org"
    bool is_wildcard = false;
    std::optional<int> port;
  };

  /// What a host sent: the photo, or where to look for it.
  struct Reply {
    Bytes photo;
    std::optional<std::string> location;
  };

  PhotoFetcher() = default;

  [[nodiscard]] static std::optional<AllowedHost> parse_host(std::string_view text);
  [[nodiscard]] bool is_allowed(const Url& url) const;
  [[nodiscard]] bool is_allowed(const IpAddress& address) const;
  [[nodiscard]] Result<std::vector<IpAddress>> allowed_addresses(const std::string& host, Time end) const;
  [[nodiscard]] Result<Reply> ask(const Url& url, Time end) const;
  /// None if nothing listens at that address, so that another may be tried.
  [[nodiscard]] std::optional<Result<Reply>> ask_at(const Url& url, const IpAddress& address, Time end) const;

  FetchOptions options_;
  std::vector<AllowedHost> hosts_;
  std::vector<IpNetwork> networks_;
};

}  // namespace rap::server
