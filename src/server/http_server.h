// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <httplib.h>

#include <any>
#include <atomic>
#include <chrono>
#include <cstddef>

#include "server/options.h"

namespace rap::server {

/// The connection of the request that the calling thread serves.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Grants the time that a body of so many bytes may take, from now on.
  virtual void expect_body(std::size_t bytes) = 0;

  /// The answer says that the connection ends with it. What else was sent is then no request: it may be the body of one
  /// that was refused.
  bool ends = false;

  /// What belongs to the request; emptied when it ends, however that is.
  std::any of_request;

  /// The one of this thread; null outside a request.
  [[nodiscard]] static Connection* current() noexcept;
};

/// cpp-httplib's server with a deadline for each request as a whole: by itself it only bounds the time between two
/// pieces, so that a client who sends a byte now and then could hold a thread for ever.
class HttpServer : public httplib::Server {
 public:
  explicit HttpServer(const ServerLimits& limits);

  /// Lets the requests that are being served end, at most for `patience`, then makes listen_after_bind() return. New
  /// requests are still taken meanwhile: handlers see is_stopping() and refuse them. Thread-safe.
  void shut_down(std::chrono::seconds patience);

  /// Serves the requests of one connection, however it came about, and closes it.
  bool serve_connection(socket_t socket);

  [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_; }

 private:
  bool process_and_close_socket(socket_t socket) override { return serve_connection(socket); }
  bool serve(socket_t socket);

  const ServerLimits limits_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> requests_{0};  ///< being served
};

}  // namespace rap::server
