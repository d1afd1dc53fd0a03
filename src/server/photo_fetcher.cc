// SPDX-License-Identifier: Apache-2.0
#include "server/photo_fetcher.h"

#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "core/file_descriptor.h"
#include "core/files.h"

namespace rap::server {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kHttpPort = 80;
constexpr int kHttpsPort = 443;
constexpr std::size_t kMaxAddresses = 4;  ///< tried for one host

milliseconds time_until(Clock::time_point end) {
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(end - Clock::now()));
}

Unexpected refused(std::string message) { return fail(ErrorCode::kInvalidArgument, std::move(message), "photo"); }
Unexpected unavailable(std::string message) { return fail(ErrorCode::kUnavailable, std::move(message), "photo"); }

Unexpected late() { return unavailable("the photo's host did not send it in time"); }

Unexpected too_large(std::size_t max_bytes) {
  return fail(ErrorCode::kTooLarge, "the photo has more than " + std::to_string(max_bytes) + " bytes", "photo");
}

/// Cuts a connection off at a time, whatever state it is in: a host that sends a byte now and then, be it
/// of the TLS handshake, would satisfy any limit on silence.
class CutOff {
 public:
  explicit CutOff(Clock::time_point end) : thread_([this, end](const std::stop_token& stop) { wait(stop, end); }) {}

  /// Watches this socket, too. The copy of the descriptor stays ours when the owner closes its own.
  void watch(int socket) {
    const std::lock_guard lock(mutex_);
    sockets_.emplace_back(::dup(socket));
  }

 private:
  void wait(const std::stop_token& stop, Clock::time_point end) {
    std::unique_lock lock(mutex_);
    stopped_.wait_until(lock, stop, end, [] { return false; });
    if (stop.stop_requested()) return;
    for (const FileDescriptor& socket : sockets_) ::shutdown(socket.get(), SHUT_RDWR);
  }

  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::vector<FileDescriptor> sockets_;
  std::jthread thread_;  // the last member: it uses the others
};

/// Whether another address of the host may do better.
bool is_connection_failure(httplib::Error error) {
  return error == httplib::Error::Connection || error == httplib::Error::ConnectionTimeout;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Why a response that is no redirect is not wanted; judged by its head.
std::optional<Error> objection_to(const httplib::Response& response, std::size_t max_bytes) {
  if (response.status != 200) {
    return unavailable("the photo's host answered with HTTP status " + std::to_string(response.status)).error;
  }
  const std::string encoding = response.get_header_value("Content-Encoding");
  if (!encoding.empty() && encoding != "identity") {
    return fail(ErrorCode::kUnsupported, "the photo's host sent it compressed, which was not asked for", "photo").error;
  }
  if (response.get_header_value_u64("Content-Length") > max_bytes) return too_large(max_bytes).error;
  return std::nullopt;
}

Unexpected failure(httplib::Error error) {
  switch (error) {
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
    case httplib::Error::SSLServerHostnameVerification:
      return unavailable("the photo's host has no certificate that this machine trusts");
    default:
      return unavailable("the photo's host broke off");
  }
}

}  // namespace

Result<PhotoFetcher> PhotoFetcher::make(FetchOptions options) {
  PhotoFetcher fetcher;
  for (const std::string& text : options.hosts) {
    const auto host = parse_host(text);
    if (!host) {
      return fail(ErrorCode::kInvalidArgument,
                  "'" + text + "' is no host: give example.org, *.example.org or example.org:8443", "hosts");
    }
    fetcher.hosts_.push_back(*host);
  }
  for (const std::string& text : options.networks) {
    const auto network = IpNetwork::parse(text);
    if (!network) {
      return fail(ErrorCode::kInvalidArgument,
                  "'" + text + "' is no network: give an address or a range like 192.168.1.0/24", "networks");
    }
    fetcher.networks_.push_back(*network);
  }
  if (!options.resolve) options.resolve = system_resolver();
  fetcher.options_ = std::move(options);
  return fetcher;
}

Result<Bytes> PhotoFetcher::fetch(std::string_view url) const {
  const Clock::time_point end = Clock::now() + options_.deadline;
  auto next = parse_url(url);
  if (!next) return refused("the photo's address must be a data URI, or an http or https URL");
  for (int redirects = 0; redirects <= options_.max_redirects; ++redirects) {
    if (!is_allowed(*next)) return refused("photos are not fetched from that host: the server does not allow it");
    auto reply = ask(*next, end);
    if (!reply) return Unexpected{std::move(reply).error()};
    if (!reply->location) return std::move(reply->photo);
    next = resolve_location(*next, *reply->location);
    if (!next) return refused("the photo's host redirects to something that is no http or https URL");
  }
  return refused("the photo's host redirects more than " + std::to_string(options_.max_redirects) + " times");
}

std::optional<PhotoFetcher::AllowedHost> PhotoFetcher::parse_host(std::string_view text) {
  const bool is_wildcard = text.starts_with("*.");
  const auto parsed = parse_host_and_port(is_wildcard ? text.substr(2) : text);
  if (!parsed) return std::nullopt;
  return AllowedHost{(is_wildcard ? "." : "") + parsed->host, is_wildcard, parsed->port};
}

bool PhotoFetcher::is_allowed(const Url& url) const {
  return std::ranges::any_of(hosts_, [&url](const AllowedHost& allowed) {
    const bool is_host = allowed.is_wildcard ? url.host.ends_with(allowed.name) : url.host == allowed.name;
    return is_host && url.port == allowed.port.value_or(url.is_tls ? kHttpsPort : kHttpPort);
  });
}

bool PhotoFetcher::is_allowed(const IpAddress& address) const {
  return address.is_public() ||
         std::ranges::any_of(networks_, [&](const IpNetwork& network) { return network.contains(address); });
}

Result<std::vector<IpAddress>> PhotoFetcher::allowed_addresses(const std::string& host, Time end) const {
  const auto literal = IpAddress::parse(host);
  auto addresses = literal ? std::vector{*literal} : options_.resolve(host, time_until(end));
  std::erase_if(addresses, [this](const IpAddress& address) { return !is_allowed(address); });
  // The same for a name that is unknown as for one inside: who asks is told nothing about names inside.
  if (addresses.empty()) return refused("the photo's host has no address that photos may be fetched from");
  addresses.resize(std::min(addresses.size(), kMaxAddresses));
  return addresses;
}

Result<PhotoFetcher::Reply> PhotoFetcher::ask(const Url& url, Time end) const {
  const auto addresses = allowed_addresses(url.host, end);
  if (!addresses) return Unexpected{addresses.error()};
  for (const IpAddress& address : *addresses) {
    if (time_until(end) == milliseconds(0)) return late();
    if (auto reply = ask_at(url, address, end)) return *std::move(reply);
  }
  return unavailable("the photo's host cannot be reached");
}

std::optional<Result<PhotoFetcher::Reply>> PhotoFetcher::ask_at(const Url& url, const IpAddress& address,
                                                                Time end) const {
  CutOff cut_off(end);
  httplib::Client client(url.origin());
  client.set_hostname_addr_map({{url.host, address.text()}});  // no second look-up, which could answer otherwise
  client.set_socket_options([&cut_off](int socket) { cut_off.watch(socket); });
  client.set_connection_timeout(time_until(end) / 2);  // leaves time for the next address
  client.set_read_timeout(time_until(end));
  client.set_write_timeout(time_until(end));
  client.set_follow_location(false);
  client.set_decompress(false);
  client.set_path_encode(false);
  if (!options_.ca_file.empty()) client.set_ca_cert_path(options_.ca_file);

  Reply reply;
  std::optional<Error> error;
  httplib::Request request;
  request.method = "GET";
  request.path = url.target;
  request.set_header("Accept", "image/*");
  request.set_header("Accept-Encoding", "identity");
  const auto judge_head = [&](const httplib::Response& response) {
    if (is_redirect(response.status)) {
      reply.location = response.get_header_value("Location");
    } else {
      error = objection_to(response, options_.max_bytes);
    }
    return !error && !reply.location;
  };
  request.response_handler = judge_head;
  request.content_receiver = [&](const char* data, std::size_t size, std::size_t, std::size_t) {
    if (size > options_.max_bytes - reply.photo.size()) {
      error = too_large(options_.max_bytes).error;
      return false;
    }
    const auto piece = as_bytes({data, size});
    reply.photo.insert(reply.photo.end(), piece.begin(), piece.end());
    return true;
  };
  const auto response = client.send(request);
  if (response) judge_head(*response);  // httplib does not ask the handler about a status that has no body
  if (error) return Unexpected{*std::move(error)};
  if (time_until(end) == milliseconds(0)) return late();
  if (response || reply.location) return reply;
  if (is_connection_failure(response.error())) return std::nullopt;
  return failure(response.error());
}

}  // namespace rap::server
