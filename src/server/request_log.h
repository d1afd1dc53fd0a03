// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "rap/result.h"

namespace rap::server {

/// One answered request, without anything that a user said or showed.
struct RequestEntry {
  std::string method;
  std::string route;  ///< the pattern, since a path can hold what a user wrote
  int status = 0;
  std::chrono::microseconds time{0};
  std::size_t bytes = 0;  ///< of the request's body, as announced
  std::string key_id;     ///< empty without a key
};

/// The log of a server: one JSON object a line. Never photos, names, texts, tokens or addresses. Thread-safe.
class RequestLog {
 public:
  /// Writes to `sink`; `quiet` = warnings and errors only.
  RequestLog(std::shared_ptr<spdlog::sinks::sink> sink, bool quiet);

  void request(const RequestEntry& entry);
  void event(std::string_view what);
  void warning(std::string_view what);

  /// An error that is this server's own fault.
  void failure(std::string_view route, const Error& error);

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace rap::server
