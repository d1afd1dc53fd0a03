// SPDX-License-Identifier: Apache-2.0
// Describing by a teacher, against a server of the test's own on the loopback interface.
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "dataset/describe.h"
#include "generation/openai/openai_generator.h"
#include "tests/dataset/photos.h"
#include "tests/support/data.h"

namespace rap::dataset {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

/// Answers the n-th request with what a function says: a status and the assistant's text.
class FakeServer {
 public:
  using Answer = std::function<std::pair<int, std::string>(int request)>;

  explicit FakeServer(Answer answer) {
    server_.Post("/v1/chat/completions",
                 [this, answer = std::move(answer)](const httplib::Request& request, httplib::Response& response) {
                   const std::lock_guard lock(mutex_);
                   bodies_.push_back(Json::parse(request.body));
                   const auto [status, text] = answer(static_cast<int>(bodies_.size()));
                   response.status = status;
                   const Json reply = {{"choices", {{{"message", {{"content", text}}}, {"finish_reason", "stop"}}}}};
                   response.set_content(status == 200 ? reply.dump() : "{}", "application/json");
                 });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    server_.wait_until_ready();
  }
  ~FakeServer() { server_.stop(); }

  [[nodiscard]] std::unique_ptr<Generator> teacher() const {
    OpenAiOptions options{.url = "http://127.0.0.1:" + std::to_string(port_) + "/v1", .model = "teacher"};
    options.encode_jpeg = [](const Image& image) { return encode_jpeg(image, 90); };
    options.retries = 0;
    auto opened = open_openai_generator(options);
    EXPECT_TRUE(opened.has_value());
    return opened ? std::move(*opened) : nullptr;
  }
  [[nodiscard]] std::vector<Json> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }

 private:
  httplib::Server server_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Json> bodies_;
  std::jthread thread_;
};

constexpr char kDescription[] =
    "Here it is:\n{\"category\": \"corgi\", \"phrase\": \"a fluffy corgi\", \"attributes\": {\"colour\": \"red\", "
    "\"size\": null}}\n";

class TeacherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<PhotoRecord> photos;
    std::vector<CropRecord> crops;
    for (int i = 0; i < 4; ++i) {
      PhotoRecord photo{.id = "photo" + std::to_string(i), .source = "made", .captions = {"A corgi sits ."}};
      photo.image = "images/" + photo.id + ".jpg";
      testing::write_jpeg(set.path() / photo.image, testing::patches(static_cast<std::uint64_t>(i)));
      crops.push_back(
          {.photo = photo.id, .box = {0, 0, 0.5F, 1}, .noun = "dog", .category = "animal", .phrase = "a dog"});
      photos.push_back(std::move(photo));
    }
    ASSERT_TRUE(write_photos(set.path(), photos).has_value());
    ASSERT_TRUE(write_crops(set.path(), crops).has_value());
  }

  Result<DescribeReport> described(const FakeServer& server) {
    return describe_by_teacher(set.path(), *server.teacher(), options, {});
  }
  [[nodiscard]] std::vector<CropRecord> crops() const { return *read_crops(set.path()); }

  testing::TemporaryDir set;
  TeacherOptions options{.teacher = "teacher", .first_wait = 1ms};
};

TEST_F(TeacherTest, SendsPictureAndQuestionAndTakesTheAnswer) {
  const FakeServer server([](int) { return std::pair(200, std::string(kDescription)); });
  const auto report = described(server);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->described, 4U);
  EXPECT_EQ(report->requests, 4U);
  for (const CropRecord& crop : crops()) {
    EXPECT_EQ(crop.category, "corgi");
    EXPECT_EQ(crop.phrase, "a fluffy corgi");
    EXPECT_EQ(crop.attributes, (std::map<std::string, std::string>{{"colour", "red"}}));
    EXPECT_EQ(crop.noun, "dog");
  }
  const std::string sent = server.bodies().front().dump();
  EXPECT_NE(sent.find("The picture shows a dog"), std::string::npos);
  EXPECT_NE(sent.find("A corgi sits ."), std::string::npos);
  EXPECT_NE(sent.find("data:image/jpeg;base64,"), std::string::npos);
}

TEST_F(TeacherTest, AsksNothingTwice) {
  const FakeServer server([](int) { return std::pair(200, std::string(kDescription)); });
  options.budget = 3;
  const auto first = described(server);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->requests, 3U);
  EXPECT_EQ(first->unasked, 1U);
  EXPECT_EQ(crops()[3].category, "animal");
  const auto second = described(server);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->kept, 3U);
  EXPECT_EQ(second->requests, 1U);
  EXPECT_EQ(server.bodies().size(), 4U);
  options.prompt = "What {noun} is it?";  // another question
  EXPECT_EQ(described(server)->requests, 3U);
}

TEST_F(TeacherTest, ADryRunCountsAndChangesNothing) {
  const FakeServer server([](int) { return std::pair(200, std::string(kDescription)); });
  options.dry_run = true;
  const auto report = described(server);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->requests, 4U);
  EXPECT_TRUE(server.bodies().empty());
  EXPECT_EQ(crops()[0].category, "animal");
}

TEST_F(TeacherTest, TriesAgainWhileTheServerIsBusy) {
  const FakeServer server([](int request) { return std::pair(request <= 2 ? 503 : 200, std::string(kDescription)); });
  const auto report = described(server);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->described, 4U);
  EXPECT_EQ(server.bodies().size(), 6U);
}

TEST_F(TeacherTest, AServerThatStaysAwayEndsTheRunAndLosesNothing) {
  options.attempts = 2;
  {
    const FakeServer server([](int request) { return std::pair(request <= 2 ? 200 : 503, std::string(kDescription)); });
    const auto report = described(server);
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(server.bodies().size(), 4U);
    EXPECT_EQ(crops()[0].category, "animal");
  }
  const FakeServer server([](int) { return std::pair(200, std::string(kDescription)); });
  EXPECT_EQ(described(server)->kept, 2U);
  EXPECT_EQ(crops()[0].category, "corgi");
}

TEST_F(TeacherTest, AnswersThatAreNoDescriptionLeaveTheCropAsItWas) {
  const std::vector<std::string> answers{"I cannot see it.", R"({"category": "dog"})",
                                         R"({"category": 1, "phrase": "x"})",
                                         R"({"category": ")" + std::string(101, 'x') + R"(", "phrase": "x"})"};
  const FakeServer server(
      [&](int request) { return std::pair(200, answers[static_cast<std::size_t>(request - 1) % answers.size()]); });
  const auto report = described(server);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->unreadable, 4U);
  EXPECT_EQ(report->described, 0U);
  for (const CropRecord& crop : crops()) EXPECT_EQ(crop.phrase, "a dog");
}

TEST(ReadDescription, AnyTextIsSafe) {
  CropRecord crop{.noun = "dog", .category = "animal", .phrase = "a dog"};
  const CropRecord before = crop;
  for (const char* text :
       {"", "{", "}", "}{", "{}", "[]", "{\"category\":{}}", "{\"category\":\"a\\nb\",\"phrase\":\"c\"}",
        "{\"category\":\"a\",\"phrase\":\"b\",\"attributes\":[1]}", "\xff{\xff}"}) {
    EXPECT_FALSE(read_description(text, crop)) << text;
    EXPECT_EQ(crop, before);
  }
}

}  // namespace
}  // namespace rap::dataset
