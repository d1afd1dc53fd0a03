// SPDX-License-Identifier: Apache-2.0
#include "server/http_server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace rap::server {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kBufferBytes = 16'384;
constexpr milliseconds kBetweenLooks{100};  ///< at whether the server stops, while a connection is idle

thread_local Connection* current_connection = nullptr;

milliseconds until(Clock::time_point deadline) {
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
}

/// Whether the socket becomes ready for `events` in time.
bool wait_for(socket_t socket, short events, milliseconds time) {
  pollfd polled{socket, events, 0};
  int ready = -1;
  do ready = poll(&polled, 1, static_cast<int>(time.count()));
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

struct Address {
  std::string ip;
  int port = 0;
};

using NameOf = int (*)(int, sockaddr*, socklen_t*);

/// One end of a connection: getsockname() or getpeername().
Address address_of(socket_t socket, NameOf name_of) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> service{};
  if (name_of(socket, address, &length) != 0 || getnameinfo(address, length, host.data(), host.size(), service.data(),
                                                            service.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  return {host.data(), std::atoi(service.data())};
}

/// A socket whose reads end at a deadline.
class LimitedStream final : public httplib::Stream, public Connection {
 public:
  LimitedStream(socket_t socket, const ServerLimits& limits) : socket_(socket), limits_(limits) {
    current_connection = this;
  }
  ~LimitedStream() override { current_connection = nullptr; }
  LimitedStream(const LimitedStream&) = delete;
  LimitedStream& operator=(const LimitedStream&) = delete;

  /// A new request begins.
  void expect_head() { deadline_ = Clock::now() + limits_.header_time; }

  void expect_body(std::size_t bytes) override {
    deadline_ = Clock::now() + limits_.body_time + std::chrono::seconds(bytes / limits_.body_bytes_per_second);
  }

  [[nodiscard]] bool is_readable() const override { return begin_ < end_; }
  [[nodiscard]] bool wait_readable() const override {
    return is_readable() || wait_for(socket_, POLLIN, until(deadline_));
  }
  [[nodiscard]] bool wait_writable() const override { return wait_for(socket_, POLLOUT, limits_.write_time); }

  /// A client that has closed its side, or gone, wants no answer any more.
  [[nodiscard]] bool is_peer_alive() const override {
    if (!wait_for(socket_, POLLIN, milliseconds(0))) return true;
    char byte = 0;
    const ssize_t peeked = recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return peeked > 0 || (peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
  }

  ssize_t read(char* to, std::size_t size) override {
    if (!is_readable() && !fill()) return error_ == httplib::Error::Success ? 0 : -1;
    const std::size_t count = std::min(size, end_ - begin_);
    std::memcpy(to, buffer_.data() + begin_, count);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, std::size_t size) override {
    if (!wait_writable()) return -1;
    return send(socket_, from, size, MSG_NOSIGNAL);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override { fill_in(getpeername, ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { fill_in(getsockname, ip, port); }
  [[nodiscard]] socket_t socket() const override { return socket_; }
  [[nodiscard]] time_t duration() const override { return 0; }

  const char* buffered_data(std::size_t& size) const override {
    size = end_ - begin_;
    return size == 0 ? nullptr : buffer_.data() + begin_;  // null makes readers call read()
  }
  void consume_buffered(std::size_t size) override { begin_ += size; }

 private:
  void fill_in(NameOf name_of, std::string& ip, int& port) const {
    const Address address = address_of(socket_, name_of);
    ip = address.ip;
    port = address.port;
  }

  /// Reads what there is into the empty buffer. False at the end of the stream, and with an error.
  bool fill() {
    begin_ = end_ = 0;
    if (!wait_readable()) {
      error_ = httplib::Error::Timeout;
      return false;
    }
    ssize_t count = -1;
    do count = recv(socket_, buffer_.data(), buffer_.size(), 0);
    while (count < 0 && errno == EINTR);
    if (count < 0) error_ = httplib::Error::Read;
    if (count > 0) end_ = static_cast<std::size_t>(count);
    return count > 0;
  }

  const socket_t socket_;
  const ServerLimits& limits_;
  Clock::time_point deadline_;
  std::array<char, kBufferBytes> buffer_{};
  std::size_t begin_ = 0;  ///< what is buffered
  std::size_t end_ = 0;
};

/// Says that no more will be sent, and reads what is still coming, so that the peer gets an end and not a reset.
void close_in_order(socket_t socket) {
  constexpr milliseconds kDrainTime{200};
  constexpr std::size_t kMostDrained = std::size_t{1} << 20U;
  shutdown(socket, SHUT_WR);
  std::array<char, kBufferBytes> ignored{};
  const auto deadline = Clock::now() + kDrainTime;
  for (std::size_t drained = 0; drained < kMostDrained && wait_for(socket, POLLIN, until(deadline));) {
    const ssize_t count = recv(socket, ignored.data(), ignored.size(), 0);
    if (count <= 0) break;
    drained += static_cast<std::size_t>(count);
  }
  close(socket);
}

/// A thread for each connection. (cpp-httplib's pool starts one only when none is idle, so that of a burst of
/// connections some wait behind others that say nothing.)
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  explicit ConnectionThreads(std::size_t most) : most_(most) {}

  bool enqueue(std::function<void()> serve) override {
    {
      const std::lock_guard lock(mutex_);
      if (running_ >= most_) return false;
      ++running_;
    }
    std::thread([this, serve = std::move(serve)] {
      serve();
      const std::lock_guard lock(mutex_);
      --running_;
      ended_.notify_all();  // under the lock: shutdown() may destroy this once it is let go
    }).detach();
    return true;
  }

  void shutdown() override {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
};

/// Waits for the first byte of the next request.
bool is_asked_again(socket_t socket, std::chrono::seconds idle, const std::atomic<bool>& stopping) {
  const auto deadline = Clock::now() + idle;
  while (!stopping && Clock::now() < deadline) {
    if (wait_for(socket, POLLIN, std::min(kBetweenLooks, until(deadline)))) return true;
  }
  return false;
}

}  // namespace

Connection* Connection::current() noexcept { return current_connection; }

HttpServer::HttpServer(const ServerLimits& limits) : limits_(limits) {
  new_task_queue = [connections = limits.connections] { return new ConnectionThreads(connections); };
  set_post_routing_handler([](const httplib::Request& /*request*/, httplib::Response& response) {
    if (response.get_header_value("Connection") == "close") Connection::current()->ends = true;
  });
  set_keep_alive_timeout(limits.idle.count());  // what answers say; serve() does it
  set_keep_alive_max_count(limits.requests_of_a_connection);
  set_tcp_nodelay(true);
  // By default a port could be shared with another process, which would then get half of the connections.
  set_socket_options([](socket_t socket) { httplib::set_socket_opt(socket, SOL_SOCKET, SO_REUSEADDR, 1); });
}

void HttpServer::shut_down(std::chrono::seconds patience) {
  stopping_ = true;
  // stop() would cut streams off in the middle.
  const auto deadline = Clock::now() + patience;
  while (requests_ > 0 && Clock::now() < deadline) std::this_thread::sleep_for(kBetweenLooks);
  stop();
}

bool HttpServer::serve_connection(socket_t socket) {
  ++connections_;
  const bool served = serve_guarded([&] { return serve(socket); });
  close_in_order(socket);
  --connections_;
  return served;
}

bool HttpServer::serve(socket_t socket) {
  const Address remote = address_of(socket, getpeername);
  const Address local = address_of(socket, getsockname);
  bool served = false;
  LimitedStream stream(socket, limits_);
  for (std::size_t left = limits_.requests_of_a_connection; left > 0; --left) {
    if (!stream.is_readable() && !is_asked_again(socket, limits_.idle, stopping_)) break;
    stream.expect_head();
    bool closed = false;
    ++requests_;
    served = process_request(stream, remote.ip, remote.port, local.ip, local.port, left == 1 || stopping_, closed,
                             /*setup_request=*/nullptr);
    stream.of_request.reset();
    --requests_;
    if (!served || closed || stream.ends) break;
  }
  return served;
}

}  // namespace rap::server
