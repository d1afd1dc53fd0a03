// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "fuzz/target.h"
#include "server/ip_address.h"
#include "server/url.h"

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  std::vector<std::vector<std::uint8_t>> all;
  for (const std::string_view text :
       {"192.0.2.1", "10.0.0.0/8", "2001:db8::1", "::ffff:10.0.0.1", "fd00::/8", "http://example.org/photo.jpg?size=2",
        "https://[2001:db8::1]:8443/a/b#c", "../c.jpg", "//example.org/d", "?e"}) {
    all.emplace_back(text.begin(), text.end());
  }
  return all;
}

namespace {

/// Written out and read again, a URL is the same.
void check(const rap::server::Url& url) {
  using rap::fuzz::require;
  require(url.port >= 1 && url.port <= 65'535 && url.target.starts_with('/'));
  require(url.host.find_first_of("@/?#[] ") == std::string::npos);
  const std::string text = url.origin() + url.target;
  const auto again = rap::server::parse_url(text);
  require(again ? *again == url : text.size() > 2'048);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rap::fuzz::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto address = rap::server::IpAddress::parse(text)) {
    require(rap::server::IpAddress::parse(address->text()) == address);
    const auto alone = rap::server::IpNetwork::parse(text);
    require(alone && alone->contains(*address));
  }
  if (const auto network = rap::server::IpNetwork::parse(text)) {
    require(network->contains(*rap::server::IpAddress::parse(text.substr(0, text.find('/')))));
  }
  if (const auto url = rap::server::parse_url(text)) check(*url);
  const rap::server::Url base{.is_tls = true, .host = "example.org", .port = 443, .target = "/a/b?c"};
  if (const auto url = rap::server::resolve_location(base, text)) check(*url);
  return 0;
}
