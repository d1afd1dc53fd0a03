// SPDX-License-Identifier: Apache-2.0
// What a server counts, for Prometheus. No label names an owner, a concept or a photo.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <memory>
#include <string>

#include "rap/assistant.h"

namespace rap::server {

/// Thread-safe.
class Metrics {
 public:
  Metrics();

  /// A request that was answered; `route` is a pattern, never a path.
  void count_request(const std::string& method, const std::string& route, int status, std::chrono::microseconds time);
  void count_refusal(const std::string& why);

  /// What was found in a photo.
  void count(const Recognition& recognition);

  /// The steps of an answer, and what was found for it.
  void count(const Answer& answer);

  prometheus::Gauge& connections() { return connections_; }
  prometheus::Gauge& waiting() { return waiting_; }  ///< answers that are being written or wait for it
  prometheus::Gauge& looking() { return looking_; }  ///< photos that are recognised or wait for it

  /// All of it in Prometheus' text format.
  [[nodiscard]] std::string text() const;

 private:
  void count_step(const std::string& step, std::chrono::microseconds time);

  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& request_seconds_;
  prometheus::Family<prometheus::Counter>& refusals_;
  prometheus::Family<prometheus::Histogram>& step_seconds_;
  prometheus::Family<prometheus::Counter>& found_;
  prometheus::Family<prometheus::Counter>& answers_;
  prometheus::Family<prometheus::Counter>& tokens_;
  prometheus::Gauge& connections_;
  prometheus::Gauge& waiting_;
  prometheus::Gauge& looking_;
};

}  // namespace rap::server
