// SPDX-License-Identifier: Apache-2.0
// The remote generator against a server of the test's own on the loopback interface.
#include "generation/openai/openai_generator.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "core/base64.h"
#include "generation/openai/chat_request.h"

namespace rap {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

class FakeServer {
 public:
  using Handler = std::function<void(const httplib::Request&, httplib::Response&)>;

  explicit FakeServer(Handler handler) {
    server_.Post("/v1/chat/completions", [this, handler = std::move(handler)](const auto& request, auto& response) {
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      handler(request, response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    server_.wait_until_ready();
  }
  ~FakeServer() { server_.stop(); }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }
  [[nodiscard]] std::vector<httplib::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] Json body() const { return Json::parse(requests().back().body); }

 private:
  httplib::Server server_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<httplib::Request> requests_;
  std::jthread thread_;
};

std::string event(const std::string& text) {
  return "data: " + Json{{"choices", {{{"delta", {{"content", text}}}}}}}.dump() + "\n\n";
}
std::string ending(const char* reason = "stop") {
  return "data: " + Json{{"choices", {{{"delta", Json::object()}, {"finish_reason", reason}}}}}.dump() + "\n\n" +
         "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n";
}

/// Sends the pieces one after the other, then ends the answer in order or cuts it off.
FakeServer::Handler stream(std::vector<std::string> pieces, bool whole = true, std::chrono::milliseconds pause = 5ms) {
  return [=](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("text/event-stream", [=](std::size_t, httplib::DataSink& sink) {
      for (const std::string& piece : pieces) {
        if (!sink.write(piece.data(), piece.size())) return false;
        std::this_thread::sleep_for(pause);
      }
      if (whole) sink.done();
      return whole;
    });
  };
}

OpenAiOptions options_for(const std::string& url) {
  OpenAiOptions options;
  options.url = url;
  options.model = "test-model";
  options.key = "sk-very-secret";
  options.encode_jpeg = [](const Image&) -> Result<Bytes> { return Bytes{std::byte{1}, std::byte{2}}; };
  options.first_backoff = 5ms;
  options.silence_timeout = 2s;
  return options;
}

std::unique_ptr<Generator> open_or_fail(const OpenAiOptions& options) {
  auto opened = open_openai_generator(options);
  EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
  return opened ? std::move(*opened) : nullptr;
}

Prompt question() {
  const auto photo = std::make_shared<Bytes>(Bytes{std::byte{0xFF}, std::byte{0xD8}, std::byte{0}});
  return {{Role::kSystem, {std::string("Notes only.")}},
          {Role::kUser, {std::string("Photo:\n"), Picture{"p", photo}, std::string("\nWhat does Bo do?")}}};
}

Error error_of(const FakeServer& server, const std::function<void(OpenAiOptions&)>& change = {}) {
  OpenAiOptions options = options_for(server.url());
  if (change) change(options);
  auto answer = open_or_fail(options)->generate(question(), {}, {});
  EXPECT_FALSE(answer);
  if (answer) return {};
  EXPECT_EQ(answer.error().message.find("secret"), std::string::npos) << answer.error().message;
  EXPECT_EQ(answer.error().message.find("Bo"), std::string::npos) << answer.error().message;
  return answer.error();
}

TEST(Base64, FollowsTheStandard) {
  const auto encode = [](std::string_view text) { return base64(std::as_bytes(std::span(text))); };
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foo"), "Zm9v");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
}

TEST(OpenAiGeneratorTest, SendsThePromptAndStreamsTheAnswer) {
  const FakeServer server(stream({event("Bo "), event("runs"), event("."), ending()}));
  const auto generator = open_or_fail(options_for(server.url()));
  GenerateOptions options;
  options.max_tokens = 17;
  options.temperature = 0.5F;
  options.seed = 42;
  options.stop = {"END"};
  std::vector<std::string> pieces;
  auto answer = generator->generate(question(), options, [&](std::string_view piece) {
    pieces.emplace_back(piece);
    return true;
  });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "Bo runs.");
  EXPECT_EQ(pieces, (std::vector<std::string>{"Bo ", "runs", "."}));
  EXPECT_EQ(answer->finish, FinishReason::kStop);
  EXPECT_EQ(answer->prompt_tokens, 11);
  EXPECT_EQ(answer->answer_tokens, 3);
  EXPECT_EQ(server.requests().back().get_header_value("Authorization"), "Bearer sk-very-secret");
  const Json body = server.body();
  EXPECT_EQ(body["model"], "test-model");
  EXPECT_EQ(body["max_tokens"], 17);
  EXPECT_EQ(body["seed"], 42);
  EXPECT_EQ(body["stop"], Json::array({"END"}));
  EXPECT_EQ(body["stream"], true);
  EXPECT_EQ(body["messages"][0]["content"], "Notes only.");
  EXPECT_EQ(body["messages"][1]["content"][1]["image_url"]["url"], "data:image/jpeg;base64,/9gA");
  EXPECT_EQ(body["messages"][1]["content"][2]["text"], "\nWhat does Bo do?");
}

TEST(OpenAiGeneratorTest, ReadsAWholeAnswerToo) {
  const FakeServer server([](const auto&, auto& response) {
    response.set_content(R"({"choices":[{"message":{"content":"Bo."},"finish_reason":"length"}]})", "application/json");
  });
  auto answer = open_or_fail(options_for(server.url()))->generate(question(), {}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "Bo.");
  EXPECT_EQ(answer->finish, FinishReason::kLength);
}

TEST(OpenAiGeneratorTest, PutsSplitCharactersTogether) {
  const std::string whole = event("Zoë 小白 😀") + ending();
  std::vector<std::string> bytes;
  for (const char byte : whole) bytes.emplace_back(1, byte);
  const FakeServer server(stream(bytes, true, 0ms));
  auto answer = open_or_fail(options_for(server.url()))->generate(question(), {}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "Zoë 小白 😀");
}

TEST(OpenAiGeneratorTest, StopsWhenTheReaderHasEnough) {
  const FakeServer server(stream(std::vector<std::string>(200, event("x")), true, 10ms));
  int pieces = 0;
  const auto start = std::chrono::steady_clock::now();
  auto answer =
      open_or_fail(options_for(server.url()))->generate(question(), {}, [&](std::string_view) { return ++pieces < 3; });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "xxx");
  EXPECT_EQ(answer->finish, FinishReason::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1500ms);
}

TEST(OpenAiGeneratorTest, KeepsInWhatEgressKeepsIn) {
  const FakeServer server(stream({event("Con"), event("cept-1 and Pers"), event("on-2"), event("'s mug."), ending()}));
  OpenAiOptions options = options_for(server.url());
  options.egress = {false, false, false};
  Prompt prompt = question();
  prompt.insert(prompt.begin(), {Role::kUser, {std::string("Who is BOBBY?")}});
  prompt.insert(prompt.begin() + 1, {Role::kAssistant, {std::string("Zoé's dog.")}});
  GenerateOptions generate;
  generate.private_names = {{"Bo", {"Bobby"}, "dog"}, {"Zoë", {}, "person"}};
  const auto generator = open_or_fail(options);
  EXPECT_FALSE(generator->info().egress.names);
  std::string streamed;
  auto answer = generator->generate(prompt, generate, [&](std::string_view piece) {
    streamed += piece;
    return true;
  });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "Bo and Zoë's mug.");
  EXPECT_EQ(streamed, answer->text);
  const std::string sent = server.requests().back().body;
  for (const char* secret : {"Bo", "BOBBY", "Zo", "image_url", "base64"}) {
    EXPECT_EQ(sent.find(secret), std::string::npos) << secret << " in " << sent;
  }
  EXPECT_NE(sent.find("What does Concept-1 do?"), std::string::npos) << sent;
}

TEST(OpenAiGeneratorTest, PassesTheFormatOn) {
  const FakeServer server(stream({event("{}"), ending()}));
  const auto generator = open_or_fail(options_for(server.url()));
  GenerateOptions options;
  ASSERT_TRUE(generator->generate(question(), options, {}));
  EXPECT_FALSE(server.body().contains("response_format"));
  for (const char* any : {"", "{ }"}) {
    options.json = any;
    ASSERT_TRUE(generator->generate(question(), options, {}));
    EXPECT_EQ(server.body()["response_format"], (Json{{"type", "json_object"}}));
  }
  // The server may know more keywords than this library; the order of properties stays.
  options.json = R"({"type":"object","properties":{"z":{"type":"string","pattern":"^a"},"a":{"const":null}}})";
  ASSERT_TRUE(generator->generate(question(), options, {}));
  const Json format = server.body()["response_format"];
  EXPECT_EQ(format["type"], "json_schema");
  EXPECT_EQ(format["json_schema"]["schema"], Json::parse(*options.json));
  EXPECT_TRUE(format["json_schema"]["name"].is_string());
  EXPECT_NE(server.requests().back().body.find(*options.json), std::string::npos);
  options.json = "[]";
  const auto answer = generator->generate(question(), options, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(answer.error().field, "json");
}

TEST(OpenAiGeneratorTest, HidesNamesInSchemasAndPutsThemBackAsJson) {
  const FakeServer server(stream({event(R"({"Con)"), event(R"(cept-1":"Pers)"), event(R"(on-2"})"), ending()}));
  OpenAiOptions options = options_for(server.url());
  options.egress.names = false;
  GenerateOptions generate;
  generate.private_names = {{"Bo \"the dog\"", {"Bo"}, "dog"}, {"Zoë", {}, "person"}};
  generate.json = R"({"description":"one\nBo or Z\u006f\u00eb","properties":{"Bo":{"enum":["Zo\u00eb","Luna"]}}})";
  auto answer = open_or_fail(options)->generate(question(), generate, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, R"({"Bo \"the dog\"":"Zoë"})");
  EXPECT_EQ(server.body()["response_format"]["json_schema"]["schema"],
            Json::parse(R"({"description":"one\nConcept-1 or Person-2",
                            "properties":{"Concept-1":{"enum":["Person-2","Luna"]}}})"));
}

TEST(OpenAiGeneratorTest, WaitsAsLongAsABusyServerAsks) {
  std::atomic<int> tries = 0;
  const auto good = stream({event("ok"), ending()});
  const FakeServer server([&](const auto& request, auto& response) {
    if (++tries == 1) {
      response.status = 429;
      response.set_header("Retry-After", "1");
    } else {
      good(request, response);
    }
  });
  const auto start = std::chrono::steady_clock::now();
  auto answer = open_or_fail(options_for(server.url()))->generate(question(), {}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "ok");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 1s);
  EXPECT_EQ(tries, 2);
}

TEST(OpenAiGeneratorTest, GivesUpWhenTheWaitWouldBeTooLong) {
  const FakeServer server([](const auto&, auto& response) {
    response.status = 429;
    response.set_header("Retry-After", "3600");
  });
  EXPECT_EQ(error_of(server).code, ErrorCode::kUnavailable);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(OpenAiGeneratorTest, TriesFailingServersAgainWithinBounds) {
  const FakeServer server([](const auto&, auto& response) {
    response.status = 503;
    response.set_content("What does Bo do? sk-very-secret", "text/plain");
  });
  EXPECT_EQ(error_of(server).code, ErrorCode::kUnavailable);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(OpenAiGeneratorTest, DoesNotRepeatWhatTheServerRefuses) {
  const std::vector<std::pair<int, ErrorCode>> cases{{400, ErrorCode::kInvalidArgument},
                                                     {401, ErrorCode::kInvalidArgument},
                                                     {404, ErrorCode::kNotFound},
                                                     {413, ErrorCode::kTooLarge},
                                                     {302, ErrorCode::kInvalidArgument}};
  for (const auto& [status, code] : cases) {
    const FakeServer server([status = status](const auto&, auto& response) {
      response.status = status;
      response.set_header("Location", "/elsewhere");
    });
    EXPECT_EQ(error_of(server).code, code) << status;
    EXPECT_EQ(server.requests().size(), 1U);
  }
}

TEST(OpenAiGeneratorTest, GivesUpOnASilentServer) {
  std::atomic<bool> leave = false;
  FakeServer server([&](const auto&, auto&) {
    for (int i = 0; i < 100 && !leave; ++i) std::this_thread::sleep_for(20ms);
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(error_of(server, [](OpenAiOptions& options) { options.silence_timeout = 200ms; }).code,
            ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1500ms);
  leave = true;
}

TEST(OpenAiGeneratorTest, GivesUpWhenTheWholeAnswerTakesTooLong) {
  const FakeServer server(stream(std::vector<std::string>(100, event("x")), true, 30ms));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(error_of(server, [](OpenAiOptions& options) { options.total_timeout = 300ms; }).code,
            ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST(OpenAiGeneratorTest, ReportsAnAnswerThatBreaksOff) {
  const FakeServer server(stream({event("Bo ru")}, /*whole=*/false));
  EXPECT_EQ(error_of(server).code, ErrorCode::kUnavailable);
  EXPECT_EQ(server.requests().size(), 1U) << "an answer that has begun is not asked for again";
  const FakeServer early(stream({event("Bo ru")}, /*whole=*/true));
  EXPECT_EQ(error_of(early).code, ErrorCode::kUnavailable);
}

TEST(OpenAiGeneratorTest, SurvivesGarbage) {
  for (const char* garbage : {"data: {\n\n", "data: []\n\n", "data: \xFF\xFE\n\n", "data: {\"choices\":3}\n\n"}) {
    const FakeServer server(stream({garbage}));
    EXPECT_EQ(error_of(server).code, ErrorCode::kCorrupt) << garbage;
  }
  const FakeServer reported(stream({"data: {\"error\":{\"message\":\"Bo sk-very-secret\"}}\n\n"}));
  EXPECT_EQ(error_of(reported).code, ErrorCode::kUnavailable);
  const FakeServer page([](const auto&, auto& response) { response.set_content("<html>", "text/html"); });
  EXPECT_EQ(error_of(page).code, ErrorCode::kCorrupt);
}

TEST(OpenAiGeneratorTest, BoundsTheAnswer) {
  const FakeServer server(stream(std::vector<std::string>(50, event(std::string(100, 'x'))), true, 0ms));
  EXPECT_EQ(error_of(server, [](OpenAiOptions& options) { options.max_answer_bytes = 1000; }).code,
            ErrorCode::kTooLarge);
}

TEST(OpenAiGeneratorTest, SaysWhenNobodyListens) {
  std::string url;
  {
    const FakeServer gone(stream({}));
    url = gone.url();
  }
  auto answer = open_or_fail(options_for(url))->generate(question(), {}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(answer.error().message.find("127.0.0.1"), std::string::npos);
}

TEST(OpenAiGeneratorTest, ChecksItsOptions) {
  for (const char* url : {"", "ftp://x/v1", "http://", "http:///v1", "http://a b/v1", "http://user@host/v1"}) {
    EXPECT_FALSE(open_openai_generator(options_for(url))) << url;
  }
  OpenAiOptions options = options_for("http://127.0.0.1:1/v1");
  options.key = "a\r\nX-Other: b";
  EXPECT_FALSE(open_openai_generator(options));
  options = options_for("https://127.0.0.1:1/v1/");
  EXPECT_TRUE(open_openai_generator(options));
}

}  // namespace
}  // namespace rap
