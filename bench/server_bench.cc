// SPDX-License-Identifier: Apache-2.0
// What HTTP adds to recognition, and how many photos a second a server recognises. Answers are checked before they are
// timed.
#include <benchmark/benchmark.h>
#include <httplib.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/need.h"
#include "core/ids.h"
#include "json/json.h"
#include "rap/open.h"
#include "server/serve.h"

namespace rap {
namespace {

using bench::example;
using bench::need;

using Clock = std::chrono::steady_clock;

/// A server over a memory of one concept that goes away with it.
class Served {
 public:
  Served() : folder_(std::filesystem::temp_directory_path() / ("rap-bench-" + random_id())) {
    std::filesystem::create_directory(folder_);
    Options options;
    options.memory_file = folder_ / "memory.db";
    options.model = "none";
    assistant_ = need(open(options));
    const Bytes file = example("chelsea.jpg");
    const NewView view{.photo = file, .box = {}};
    need(assistant_->remember(Owner{}, {.name = "Chelsea"}, std::span(&view, 1)));
    serving_.port = 0;
    serving_.loopback_without_key = true;
    serving_.keys_file = folder_ / "keys.json";
    serving_.limits.requests_per_minute = 1e9;
    serving_.limits.burst = 1e9;
    std::promise<std::string> address;
    auto started = address.get_future();
    thread_ = std::thread([this, &address] {
      const auto log = std::make_shared<spdlog::sinks::null_sink_mt>();
      need_served(server::serve(
          serving_, {{"none", assistant_}}, log, [&](const server::Started& now) { address.set_value(now.address); },
          stop_));
    });
    address_ = started.get();
  }
  ~Served() {
    stop_ = true;
    thread_.join();
    std::filesystem::remove_all(folder_);
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  [[nodiscard]] std::string by_library() {
    return to_line(recognition_json(need(assistant_->recognize({}, photo_, {}))));
  }

  [[nodiscard]] std::string over_http(httplib::Client& client) const {
    const auto answer =
        client.Post("/rap/v1/recognize", reinterpret_cast<const char*>(photo_.data()), photo_.size(), "image/jpeg");
    return answer ? answer->body : "";
  }

  [[nodiscard]] httplib::Client client() const {
    httplib::Client client(address_);
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    return client;
  }

 private:
  static void need_served(const Result<void>& served) {
    if (!served) throw std::runtime_error(served.error().message);
  }

  const std::filesystem::path folder_;
  const Bytes photo_ = example("composed-chelsea.jpg");
  std::shared_ptr<Assistant> assistant_;
  server::Options serving_;
  std::atomic<bool> stop_{false};
  std::string address_;
  std::thread thread_;
};

Served& served() {
  static Served shared;
  return shared;
}

double milliseconds(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// By the library and over HTTP in turn; the time is that of HTTP, "added_ms" what it takes longer.
void recognize_over_http(benchmark::State& state) {
  httplib::Client client = served().client();
  if (served().by_library() != served().over_http(client)) return state.SkipWithError("HTTP answers something else");
  double added = 0.0;
  for (auto _ : state) {
    const auto start = Clock::now();
    benchmark::DoNotOptimize(served().by_library());
    const auto between = Clock::now();
    benchmark::DoNotOptimize(served().over_http(client));
    const auto end = Clock::now();
    added += milliseconds(end - between) - milliseconds(between - start);
    state.SetIterationTime(std::chrono::duration<double>(end - between).count());
  }
  state.counters["added_ms"] = benchmark::Counter(added, benchmark::Counter::kAvgIterations);
}
BENCHMARK(recognize_over_http)->Unit(benchmark::kMillisecond)->UseManualTime();

/// Several clients at once; the argument is how many.
void recognize_by_many(benchmark::State& state) {
  const std::string expected = served().by_library();
  httplib::Client client = served().client();
  for (auto _ : state) {
    if (served().over_http(client) != expected) state.SkipWithError("HTTP answers something else");
  }
  state.counters["per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(recognize_by_many)->Threads(4)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace rap

BENCHMARK_MAIN();
