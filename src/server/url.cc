// SPDX-License-Identifier: Apache-2.0
#include "server/url.h"

#include <algorithm>
#include <charconv>

#include "server/ip_address.h"

namespace rap::server {
namespace {

constexpr std::size_t kMaxCharacters = 2'048;
constexpr std::size_t kMaxHostCharacters = 253;
constexpr int kHttpPort = 80;
constexpr int kHttpsPort = 443;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

/// Without spaces, control characters, and what parsers are known to read differently.
bool is_url_character(char c) { return c > ' ' && c < '\x7F' && c != '\\' && c != '"' && c != '<' && c != '>'; }

bool is_host_name(std::string_view host) {
  constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !host.empty() && host.size() <= kMaxHostCharacters &&
         host.find_first_not_of(kCharacters) == std::string_view::npos && !host.starts_with('.') &&
         !host.ends_with('.') && host.find("..") == std::string_view::npos;
}

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || port < 1 || port > 65'535) return std::nullopt;
  return port;
}

/// Takes "[...]" off the front of `text`; none unless there is an IPv6 address in it.
std::optional<std::string> take_bracketed(std::string_view& text) {
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = text.substr(1, end - 1);
  const auto address = IpAddress::parse(inside);
  if (!address || inside.find(':') == std::string_view::npos) return std::nullopt;
  text.remove_prefix(end + 1);
  return address->text();
}

std::string path_of(const std::string& target) { return target.substr(0, target.find('?')); }

}  // namespace

std::string Url::origin() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return std::string(is_tls ? "https://" : "http://") + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<HostAndPort> parse_host_and_port(std::string_view text) {
  HostAndPort result;
  if (text.starts_with('[')) {
    auto host = take_bracketed(text);
    if (!host) return std::nullopt;
    result.host = *std::move(host);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    result.host = lower(text.substr(0, colon));
    if (!is_host_name(result.host)) return std::nullopt;
    text.remove_prefix(colon);
  }
  if (text.empty()) return result;
  if (!text.starts_with(':')) return std::nullopt;
  result.port = parse_port(text.substr(1));
  if (!result.port) return std::nullopt;
  return result;
}

std::optional<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxCharacters || !std::ranges::all_of(text, is_url_character)) return std::nullopt;
  const std::size_t colon = std::min(text.find("://"), text.size());
  const std::string scheme = lower(text.substr(0, colon));
  if (colon == text.size() || (scheme != "http" && scheme != "https")) return std::nullopt;
  text.remove_prefix(colon + 3);
  text = text.substr(0, text.find('#'));

  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  const auto authority = parse_host_and_port(text.substr(0, end));
  if (!authority) return std::nullopt;
  Url url;
  url.is_tls = scheme == "https";
  url.host = authority->host;
  url.port = authority->port.value_or(url.is_tls ? kHttpsPort : kHttpPort);
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

std::optional<Url> resolve_location(const Url& base, std::string_view location) {
  const std::string text(location);
  const std::size_t path_begin = location.find_first_of("/?#");
  if (location.substr(0, path_begin).find(':') != std::string_view::npos) return parse_url(text);
  if (location.starts_with("//")) return parse_url((base.is_tls ? "https:" : "http:") + text);
  if (location.starts_with('/')) return parse_url(base.origin() + text);
  if (location.empty() || location.starts_with('#')) return base;
  const std::string path = path_of(base.target);
  if (location.starts_with('?')) return parse_url(base.origin() + path + text);
  return parse_url(base.origin() + path.substr(0, path.rfind('/') + 1) + text);
}

}  // namespace rap::server
