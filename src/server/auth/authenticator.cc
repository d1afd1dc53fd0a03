// SPDX-License-Identifier: Apache-2.0
#include "server/auth/authenticator.h"

#include <algorithm>
#include <variant>

#include "core/ids.h"
#include "server/auth/secret.h"
#include "server/ip_address.h"

namespace rap::server {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool is_loopback_address(std::string_view text) {
  static const IpNetwork kV4 = *IpNetwork::parse("127.0.0.0/8");
  const auto address = IpAddress::parse(text);
  return address && (kV4.contains(*address) || address->text() == "::1");
}

/// Whether a Host header names this machine, whatever a name server says: exactly, since "127.0.0.1.example.org" is a
/// name like any other.
bool is_loopback_host(std::string_view host) {
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  if (has_port) host = host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host == "localhost" || is_loopback_address(host);
}

bool is_write(const httplib::Request& request) { return request.method != "GET" && request.method != "HEAD"; }

/// Browsers say of every request of a page where it comes from.
bool is_from_page(const httplib::Request& request) {
  return request.has_header("Origin") || request.has_header("Sec-Fetch-Site");
}

/// Whether the page that asks was served by this server.
bool is_own_page(const httplib::Request& request) {
  const std::string site = request.get_header_value("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  if (!request.has_header("Origin")) return true;
  const std::string origin = request.get_header_value("Origin");
  const auto scheme = origin.find("://");
  return scheme != std::string::npos && origin.substr(scheme + 3) == request.get_header_value("Host");
}

std::string reason(Refusal refusal) {
  switch (refusal) {
    case Refusal::kExpired:
      return "the API key has expired; make another with `rap keys create`";
    case Refusal::kRevoked:
      return "the API key was revoked; make another with `rap keys create`";
    case Refusal::kUnknown:
      break;
  }
  return "the API key is not known here; `rap keys list` shows those there are";
}

}  // namespace

std::string cookie(const httplib::Request& request, std::string_view name) {
  const std::string header = request.get_header_value("Cookie");
  std::string_view rest = header;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return std::string(pair.substr(name.size() + 1));
    }
  }
  return {};
}

Authenticator::Authenticator(KeyStore& keys, Sessions& sessions, const Options& options)
    : keys_(keys),
      sessions_(sessions),
      loopback_without_key_(options.loopback_without_key),
      loopback_csrf_(random_id()),
      requests_({.per_minute = options.limits.requests_per_minute, .burst = options.limits.burst}) {}

Result<void> Authenticator::authenticate(Call& call) {
  const std::string authorization = call.request.get_header_value("Authorization");
  bool is_page = false;
  if (authorization.starts_with(kBearer)) {
    const auto key = check_key(call, std::string_view(authorization).substr(kBearer.size()));
    if (!key) return Unexpected{key.error()};
    call.caller = {.owner = key->owner, .scope = key->scope, .key_id = key->id, .csrf = {}};
  } else {
    const auto signed_in = by_session(call);
    if (!signed_in) return Unexpected{signed_in.error()};
    is_page = *signed_in;
    if (!is_page && may_go_without_key(call.request)) {
      call.caller = {.owner = Owner{}, .scope = Scope::kAdmin, .key_id = {}, .csrf = loopback_csrf_};
      is_page = is_from_page(call.request);
    } else if (!is_page) {
      return call.refuse(401, ErrorCode::kInvalidArgument,
                         "an API key is needed: `Authorization: Bearer rap_...`; `rap keys create` makes one");
    }
  }
  if (is_page) {
    if (auto checked = check_page(call); !checked) return checked;
  }
  const std::string& id = call.caller.key_id.empty() ? call.request.remote_addr : call.caller.key_id;
  if (const auto wait = requests_.take(id); wait.count() > 0) {
    return call.refuse_for_now(wait, "too many requests; try again in " + std::to_string(wait.count()) + " s");
  }
  return {};
}

/// A right key is always let in: behind a proxy all clients have one address, and who guesses must not shut them out.
Result<ApiKey> Authenticator::check_key(Call& call, std::string_view secret) {
  const auto check = keys_.find(secret);
  if (!check) return Unexpected{check.error()};
  if (const auto* key = std::get_if<ApiKey>(&*check)) return *key;
  const std::string& peer = call.request.remote_addr;
  if (const auto wait = guesses_.wait(peer); wait.count() > 0) {
    return call.refuse_for_now(wait, "too many wrong API keys; try again in " + std::to_string(wait.count()) + " s");
  }
  guesses_.failed(peer);
  return call.refuse(401, ErrorCode::kInvalidArgument, reason(std::get<Refusal>(*check)));
}

Result<bool> Authenticator::by_session(Call& call) {
  const std::string token = cookie(call.request, kCookie);
  if (token.empty()) return false;
  const auto session = sessions_.find(token);
  if (!session) return Unexpected{session.error()};
  if (!*session) return false;
  const ApiKey& key = (*session)->key;
  call.caller = {.owner = key.owner, .scope = key.scope, .key_id = key.id, .csrf = (*session)->csrf};
  return true;
}

/// Whoever came through a proxy may be anywhere; and a page elsewhere can have its own name point to this machine, but
/// cannot make the browser say another Host.
bool Authenticator::may_go_without_key(const httplib::Request& request) const {
  const bool is_proxied = request.has_header("X-Forwarded-For") || request.has_header("Forwarded");
  return loopback_without_key_ && !is_proxied && is_loopback_address(request.remote_addr) &&
         is_loopback_host(request.get_header_value("Host"));
}

Result<void> Authenticator::check_site(Call& call) {
  if (is_own_page(call.request)) return {};
  return call.refuse(403, ErrorCode::kInvalidArgument, "pages of other sites may not ask this server");
}

Result<void> Authenticator::check_page(Call& call) {
  if (auto own = check_site(call); !own) return own;
  if (!is_write(call.request) || equal_secrets(call.request.get_header_value(kCsrfHeader), call.caller.csrf)) return {};
  return call.refuse(
      403, ErrorCode::kInvalidArgument,
      std::string("the request needs the header ") + kCsrfHeader + " with the token that GET /rap/v1/session gives");
}

}  // namespace rap::server
