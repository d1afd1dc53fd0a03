// SPDX-License-Identifier: Apache-2.0
#include "server/request_log.h"

#include <spdlog/pattern_formatter.h>

#include <utility>

#include "json/json.h"

namespace rap::server {
namespace {

/// A JSON object without its braces.
std::string members(const Json& json) {
  const std::string text = to_line(json);
  return text.substr(1, text.size() - 2);
}

}  // namespace

RequestLog::RequestLog(std::shared_ptr<spdlog::sinks::sink> sink, bool quiet)
    : logger_(std::make_shared<spdlog::logger>("rap", std::move(sink))) {
  // The message is the inside of the object.
  logger_->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc);
  logger_->set_level(quiet ? spdlog::level::warn : spdlog::level::info);
  logger_->flush_on(spdlog::level::info);
}

void RequestLog::request(const RequestEntry& entry) {
  Json json = {{"event", "request"},
               {"method", entry.method},
               {"route", entry.route},
               {"status", entry.status},
               {"ms", static_cast<double>(entry.time.count()) / 1000.0},
               {"bytes", entry.bytes}};
  if (!entry.key_id.empty()) json["key"] = entry.key_id;
  logger_->info(members(json));
}

void RequestLog::event(std::string_view what) { logger_->info(members({{"event", what}})); }

void RequestLog::warning(std::string_view what) { logger_->warn(members({{"event", "warning"}, {"what", what}})); }

void RequestLog::failure(std::string_view route, const Error& error) {
  logger_->error(
      members({{"event", "failure"}, {"route", route}, {"code", to_string(error.code)}, {"message", error.message}}));
}

}  // namespace rap::server
