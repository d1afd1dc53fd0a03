// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/null_sink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "fuzz/target.h"
#include "server/router.h"

namespace {

using namespace rap::server;

/// A server with one route, which answers with the parts of its body.
class Echo {
 public:
  Echo() : server_(limits()), router_(server_, authenticator_, metrics_, log_, options_.limits) {
    router_.add(
        {.method = "POST", .path = "/echo", .scope = std::nullopt, .body_bytes = 65'536, .handler = [](Call& call) {
           call.reply({{"body", call.body.size()}, {"files", call.files.size()}, {"fields", call.fields.size()}});
           return rap::Result<void>();
         }});
  }

  /// What it answers to these bytes.
  std::string answer(std::string_view bytes) {
    std::array<int, 2> ends{};
    rap::fuzz::require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    rap::fuzz::require(write(ends[0], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    shutdown(ends[0], SHUT_WR);
    server_.serve_connection(ends[1]);
    std::string answer;
    std::array<char, 4096> piece{};
    for (ssize_t count = 0; (count = read(ends[0], piece.data(), piece.size())) > 0;) {
      answer.append(piece.data(), static_cast<std::size_t>(count));
    }
    close(ends[0]);
    return answer;
  }

 private:
  static ServerLimits limits() {
    ServerLimits limits;
    limits.idle = std::chrono::seconds(1);
    return limits;
  }

  Options options_;
  KeyStore keys_{"/nonexistent/keys.json"};
  Sessions sessions_{keys_};
  Authenticator authenticator_{keys_, sessions_, options_};
  Metrics metrics_;
  RequestLog log_{std::make_shared<spdlog::sinks::null_sink_mt>(), true};
  HttpServer server_;
  Router router_;
};

}  // namespace

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  const auto post = [](std::string_view type, const std::string& body) {
    const std::string text = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string(type) +
                             "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    return std::vector<std::uint8_t>(text.begin(), text.end());
  };
  return {
      post("application/json", "{}"),
      post("multipart/form-data; boundary=x",
           "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nBo\r\n--x\r\nContent-Disposition: form-data; "
           "name=\"photo\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nabc\r\n--x--\r\n")};
}

/// Whatever comes over a connection gets no answer, or one that is HTTP.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSocketBuffer = 65'536;
  if (size > kSocketBuffer) return 0;
  static Echo echo;
  const std::string answer = echo.answer({reinterpret_cast<const char*>(data), size});
  rap::fuzz::require(answer.empty() || answer.starts_with("HTTP/1.1 "));
  return 0;
}
