// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/auth/authenticator.h"
#include "server/call.h"
#include "server/errors.h"
#include "server/http_server.h"
#include "server/metrics.h"
#include "server/request_log.h"

namespace rap::server {

/// Answers a call: fills in its response, or says why not.
using Handler = std::function<Result<void>(Call&)>;

/// A path, and who may ask for it.
struct Route {
  std::string method;
  std::string path;            ///< "/rap/v1/concepts/:id"
  std::optional<Scope> scope;  ///< none = everyone, without a key
  Protocol protocol = Protocol::kRap;
  std::size_t body_bytes = 0;  ///< most of its body; 0 = ServerLimits::body_bytes
  Handler handler;
};

/// Puts handlers behind authentication, limits, error bodies, metrics and the log. A caller is known and a body has
/// its place before a byte of the body is read.
class Router {
 public:
  /// Everything is borrowed and outlives the router.
  Router(HttpServer& server, Authenticator& authenticator, Metrics& metrics, RequestLog& log,
         const ServerLimits& limits);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// Before the server listens.
  void add(Route route);

  /// Errors of paths below `prefix` that are no route have this form.
  void add_protocol(std::string prefix, Protocol protocol);

 private:
  /// What is known of a request from its head.
  struct Admitted;

  using Response = httplib::Server::HandlerResponse;
  [[nodiscard]] Response admit(const httplib::Request& request, httplib::Response& response);
  [[nodiscard]] Result<void> admit(Call& call, const Route& route, Admitted& admitted);
  [[nodiscard]] Result<void> reserve_body(Call& call, std::size_t limit, Admitted& admitted);
  void run(const Route& route, const httplib::Request& request, httplib::Response& response,
           const httplib::ContentReader* reader);
  [[nodiscard]] Result<void> read_body(Call& call, std::size_t limit, const httplib::ContentReader& reader) const;
  void reply_error(Call& call, Protocol protocol, const Error& error);
  void fill_in_error(const httplib::Request& request, httplib::Response& response) const;
  /// The methods of the routes that a path fits.
  [[nodiscard]] std::vector<std::string> methods_of(std::string_view path) const;
  [[nodiscard]] Protocol protocol_of(std::string_view path) const;
  void note(const httplib::Request& request, const httplib::Response& response);

  HttpServer& server_;
  Authenticator& authenticator_;
  Metrics& metrics_;
  RequestLog& log_;
  const ServerLimits& limits_;
  std::map<std::pair<std::string, std::string>, Route> routes_;  ///< by method and path
  std::map<std::string, Protocol> protocols_;                    ///< by prefix
  std::atomic<std::size_t> body_bytes_{0};                       ///< of all bodies in memory
};

}  // namespace rap::server
