// SPDX-License-Identifier: Apache-2.0
#include "server/metrics.h"

#include <prometheus/text_serializer.h>

#include "json/json.h"

namespace rap::server {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                       0.25,  0.5,    1.0,   2.5,  5.0,   10.0, 30.0};

double seconds(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1e6; }

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      requests_(BuildCounter().Name("rap_requests_total").Help("Requests that were answered").Register(*registry_)),
      request_seconds_(BuildHistogram()
                           .Name("rap_request_seconds")
                           .Help("From a request's head to its answer")
                           .Register(*registry_)),
      refusals_(BuildCounter().Name("rap_refusals_total").Help("Requests that were refused").Register(*registry_)),
      step_seconds_(
          BuildHistogram().Name("rap_step_seconds").Help("Time of each step of an answer").Register(*registry_)),
      found_(BuildCounter().Name("rap_found_total").Help("What was found in photos").Register(*registry_)),
      answers_(BuildCounter().Name("rap_answers_total").Help("Answers, by how they ended").Register(*registry_)),
      tokens_(BuildCounter().Name("rap_tokens_total").Help("Tokens read and written").Register(*registry_)),
      connections_(gauge(*registry_, "rap_connections", "Connections that are open")),
      waiting_(gauge(*registry_, "rap_answers_in_progress", "Answers that are being written or wait for it")),
      looking_(gauge(*registry_, "rap_looks_in_progress", "Photos that are recognised or wait for it")) {}

void Metrics::count_request(const std::string& method, const std::string& route, int status,
                            std::chrono::microseconds time) {
  requests_.Add({{"method", method}, {"route", route}, {"status", std::to_string(status)}}).Increment();
  request_seconds_.Add({{"route", route}}, kSeconds).Observe(seconds(time));
}

void Metrics::count_refusal(const std::string& why) { refusals_.Add({{"why", why}}).Increment(); }

void Metrics::count(const Recognition& recognition) {
  const auto add = [&](const char* what, std::size_t count) {
    found_.Add({{"what", what}}).Increment(static_cast<double>(count));
  };
  add("match", recognition.matches.size());
  add("doubt", recognition.doubts.size());
  add("near_miss", recognition.near.size());
  if (recognition.matches.empty() && recognition.doubts.empty()) add("nothing", 1);
}

void Metrics::count(const Answer& answer) {
  for (const Recognition& recognition : answer.recognitions) count(recognition);
  count_step("decode", answer.timings.decode);
  count_step("encode", answer.timings.encode);
  count_step("retrieve", answer.timings.retrieve);
  count_step("prompt", answer.timings.prompt);
  count_step("first_token", answer.timings.to_first_token);
  count_step("total", answer.timings.total);
  const bool repaired = answer.name_report.repaired;
  answers_.Add({{"finish", to_word(answer.finish)}, {"names", repaired ? "repaired" : "as_written"}}).Increment();
  tokens_.Add({{"kind", "prompt"}}).Increment(answer.prompt_tokens);
  tokens_.Add({{"kind", "answer"}}).Increment(answer.answer_tokens);
}

void Metrics::count_step(const std::string& step, std::chrono::microseconds time) {
  step_seconds_.Add({{"step", step}}, kSeconds).Observe(seconds(time));
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

}  // namespace rap::server
