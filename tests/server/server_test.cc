// SPDX-License-Identifier: Apache-2.0
// A server in this process, over an assistant that does what a test says: what cannot be timed with a real model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <spdlog/sinks/ostream_sink.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <sstream>
#include <thread>

#include "json/json.h"
#include "server/serve.h"
#include "tests/cli/fakes.h"
#include "tests/support/data.h"

namespace rap::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kQuestion[] = R"({"messages":[{"role":"user","content":"Who is Bo?"}]})";
constexpr char kStreamedQuestion[] = R"({"stream":true,"messages":[{"role":"user","content":"Who is Bo?"}]})";

/// Answers when it is told to, and counts who waits.
class HeldAssistant : public rap::testing::FakeAssistant {
 public:
  using FakeAssistant::FakeAssistant;

  Result<Answer> ask(const Owner& /*owner*/, const AskRequest& request, const OnText& on_text) override {
    if (throws) throw std::runtime_error("the name of Bo must not be shown");
    if (on_text) on_text("Bo ");
    std::unique_lock lock(mutex_);
    ++waiting;
    while (!released_ && !request.generate.is_cancelled()) changed_.wait_for(lock, milliseconds(10));
    --waiting;
    Answer answer;
    answer.recognitions.resize(1);
    if (!released_) {
      ++cancelled;
      answer.finish = FinishReason::kCancelled;
      return answer;
    }
    if (on_text) on_text("is a dog.");
    answer.text = "Bo is a dog.";
    return answer;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

  std::atomic<int> waiting{0};
  std::atomic<int> cancelled{0};
  std::atomic<bool> throws{false};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
};

class ServerTest : public ::testing::Test {
 protected:
  ~ServerTest() override {
    assistant_->release();
    stop();
  }

  void start() {
    options_.port = 0;
    options_.loopback_without_key = true;
    options_.keys_file = dir_.path() / "keys.json";
    std::promise<std::string> address;
    auto started = address.get_future();
    thread_ = std::thread([this, &address] {
      served_ = serve(
          options_, {{"fake", assistant_}}, std::make_shared<spdlog::sinks::ostream_sink_mt>(log_),
          [&](const Started& now) { address.set_value(now.address); }, stop_);
    });
    address_ = started.get();
  }

  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] httplib::Client client() const {
    httplib::Client made(address_);
    made.set_read_timeout(seconds(20));
    return made;
  }

  [[nodiscard]] httplib::Result ask(const char* question = kQuestion) const {
    return client().Post("/v1/chat/completions", question, "application/json");
  }

  /// Waits until so many questions are with the assistant.
  void wait_for(int questions) const {
    while (assistant_->waiting != questions) std::this_thread::sleep_for(milliseconds(5));
  }

  rap::testing::TemporaryDir dir_;
  rap::testing::FakeAssistant::Script script_;
  std::shared_ptr<HeldAssistant> assistant_ = std::make_shared<HeldAssistant>(script_);
  Options options_;
  std::ostringstream log_;
  std::atomic<bool> stop_{false};
  Result<void> served_;
  std::string address_;
  std::thread thread_;
};

TEST_F(ServerTest, AnswersWhenTheModelDoes) {
  start();
  assistant_->release();
  const auto answer = ask();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(Json::parse(answer->body)["choices"][0]["message"]["content"], "Bo is a dog.");
}

TEST_F(ServerTest, TurnsAwayWhoeverWouldWaitTooLong) {
  options_.limits.waiting_answers = 1;
  start();
  auto first = std::async(std::launch::async, [&] { return ask(); });
  auto second = std::async(std::launch::async, [&] { return ask(); });
  wait_for(2);
  const auto third = ask();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->status, 429);
  EXPECT_GE(std::stoi(third->get_header_value("Retry-After")), 1);
  EXPECT_EQ(Json::parse(third->body)["error"]["type"], "rate_limit_error");
  assistant_->release();
  EXPECT_EQ(first.get()->status, 200);
  EXPECT_EQ(second.get()->status, 200);
}

TEST_F(ServerTest, SettingsSayWhatFacesNeed) {
  script_.faces = {.available = true, .on = true, .people = 3, .with_template = 2};
  start();
  const auto answer = client().Get("/rap/v1/settings");
  ASSERT_TRUE(answer);
  EXPECT_EQ(Json::parse(answer->body)["faces"],
            Json({{"available", true}, {"on", true}, {"people", 3}, {"with_template", 2}}));
}

TEST_F(ServerTest, AClientThatLeavesFreesItsPlace) {
  options_.limits.waiting_answers = 1;
  start();
  for (const char* question : {kQuestion, kStreamedQuestion}) {
    const int before = assistant_->cancelled;
    httplib::Client leaving(address_);
    leaving.set_read_timeout(milliseconds(200));
    EXPECT_FALSE(leaving.Post("/v1/chat/completions", question, "application/json"));
    leaving.stop();
    for (int i = 0; i < 400 && assistant_->cancelled == before; ++i) std::this_thread::sleep_for(milliseconds(10));
    EXPECT_EQ(assistant_->cancelled, before + 1);
  }
}

TEST_F(ServerTest, EndsWhatItHasAcceptedBeforeItStops) {
  start();
  auto streamed = std::async(std::launch::async, [&] { return ask(kStreamedQuestion); });
  wait_for(1);
  stop_ = true;
  std::this_thread::sleep_for(milliseconds(300));
  const auto late = ask();
  EXPECT_TRUE(!late || late->status == 503);
  assistant_->release();
  const auto answer = streamed.get();
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr("is a dog."));
  EXPECT_THAT(answer->body, HasSubstr("data: [DONE]"));
  stop();
  EXPECT_TRUE(served_.has_value());
}

TEST_F(ServerTest, AFailureIsLoggedAndToldToNobody) {
  start();
  assistant_->throws = true;
  const auto answer = ask();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500);
  EXPECT_THAT(answer->body, Not(HasSubstr("Bo")));
  stop();
  EXPECT_THAT(log_.str(), HasSubstr("runtime_error"));
  EXPECT_THAT(log_.str(), Not(HasSubstr("Bo")));
}

TEST_F(ServerTest, TheLogHasNothingThatAUserSaid) {
  start();
  assistant_->release();
  ASSERT_TRUE(ask());
  const auto unknown = client().Get("/rap/v1/concepts/Bo?search=Bo");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->status, 404);
  stop();
  std::istringstream lines(log_.str());
  int requests = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json entry = Json::parse(line);
    if (entry["event"] == "request") ++requests;
    EXPECT_THAT(line, Not(HasSubstr("Bo")));
  }
  EXPECT_EQ(requests, 2);
}

/// What a raw client gets when it sends `pieces` with pauses between them.
std::string exchange(const std::string& address, const std::vector<std::string>& pieces, milliseconds pause) {
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return "not connected";
  for (const std::string& piece : pieces) {
    if (send(socket, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) break;
    std::this_thread::sleep_for(pause);
  }
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
    answer.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(socket);
  return answer;
}

TEST_F(ServerTest, AClientThatDripsItsHeadIsCutOff) {
  options_.limits.header_time = seconds(1);
  start();
  const std::vector<std::string> drops(60, "X");
  const auto begin = std::chrono::steady_clock::now();
  exchange(address_, drops, milliseconds(50));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
  EXPECT_EQ(client().Get("/healthz")->status, 200);
}

TEST_F(ServerTest, WhatFollowsARefusedRequestIsNoRequest) {
  start();
  const std::string hidden = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (const char* head :
       {"POST /rap/v1/undo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\n",
        "POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 46\r\n\r\n",
        "QUERY /rap/v1/concepts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 46\r\n\r\n",
        "GET /rap/v1/concepts HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n"}) {
    const std::string answers = exchange(address_, {head + hidden}, milliseconds(0));
    EXPECT_THAT(answers, HasSubstr("HTTP/1.1 4")) << head;
    EXPECT_THAT(answers, Not(HasSubstr("HTTP/1.1 200"))) << head;
  }
}

TEST_F(ServerTest, ABurstOfSilentConnectionsKeepsNobodyWaiting) {
  start();
  std::vector<std::future<std::string>> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(std::async(std::launch::async, [&] { return exchange(address_, {"GET"}, milliseconds(1500)); }));
  }
  std::this_thread::sleep_for(milliseconds(300));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(client().Get("/healthz")->status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(1));
}

TEST_F(ServerTest, OtherMethodsAreNamed) {
  start();
  const auto answer = client().Put("/rap/v1/concepts/1", "", "application/json");
  EXPECT_EQ(answer->status, 405);
  EXPECT_EQ(answer->get_header_value("Allow"), "DELETE, GET, PATCH");
  // Also to a method that the HTTP library does not know, and to a part of one that it does.
  for (const char* method : {"QUERY", "GE"}) {
    const std::string head = std::string(method) + " /rap/v1/concepts/1?a=b HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::string refused = exchange(address_, {head}, milliseconds(0));
    EXPECT_THAT(refused, HasSubstr("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(refused, HasSubstr("Allow: DELETE, GET, PATCH\r\n")) << method;
  }
}

TEST_F(ServerTest, BodiesHaveALimitEachAndTogether) {
  options_.limits.body_bytes = 10'000;
  options_.limits.bodies_bytes = 15'000;
  options_.limits.body_time = seconds(2);
  start();
  const auto large = ask(std::string(10'001, ' ').c_str());
  ASSERT_TRUE(large);
  EXPECT_EQ(large->status, 413);
  // One body of 9,000 bytes is announced, but does not come: another has no room.
  const std::string head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n{";
  auto slow = std::async(std::launch::async, [&] { return exchange(address_, {head}, milliseconds(1000)); });
  std::this_thread::sleep_for(milliseconds(300));
  const auto other = ask(std::string(9'000, ' ').c_str());
  ASSERT_TRUE(other);
  EXPECT_EQ(other->status, 429);
  stop_ = true;
  static_cast<void>(slow.wait_for(seconds(1)));
}

TEST_F(ServerTest, APortThatIsTakenIsAnError) {
  start();
  Options second = options_;
  second.port = std::stoi(address_.substr(address_.rfind(':') + 1));
  second.loopback_without_key = false;
  second.keys_file = dir_.path() / "other-keys.json";
  const auto served = serve(
      second, {{"fake", assistant_}}, std::make_shared<spdlog::sinks::ostream_sink_mt>(log_), [](const Started&) {},
      stop_);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(served.error().message, HasSubstr("Address already in use"));
  EXPECT_FALSE(std::filesystem::exists(second.keys_file)) << "a first key that nobody was shown";
}

TEST_F(ServerTest, PagesOfOtherSitesAreRefused) {
  start();
  const httplib::Headers foreign{{"Origin", "http://evil.example"}};
  EXPECT_EQ(client().Get("/rap/v1/concepts", foreign)->status, 403);
  const httplib::Headers own{{"Origin", address_}};
  EXPECT_EQ(client().Get("/rap/v1/concepts", own)->status, 200);
  EXPECT_EQ(client().Post("/rap/v1/undo", own, "", "application/json")->status, 403);  // without its token
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::1].evil"}) {
    EXPECT_EQ(client().Get("/rap/v1/concepts", httplib::Headers{{"Host", host}})->status, 401) << host;
  }
  const httplib::Headers proxied{{"X-Forwarded-For", "203.0.113.7"}};
  EXPECT_EQ(client().Get("/rap/v1/concepts", proxied)->status, 401);
}

}  // namespace
}  // namespace rap::server
