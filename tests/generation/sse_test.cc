// SPDX-License-Identifier: Apache-2.0
#include "generation/openai/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace rap {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> events_of(const std::vector<std::string>& pieces) {
  SseParser parser(1000);
  std::vector<std::string> events;
  const auto on_event = [&](std::string_view data) {
    events.emplace_back(data);
    return true;
  };
  for (const std::string& piece : pieces) parser.push(piece, on_event);
  parser.finish(on_event);
  return events;
}

TEST(SseParserTest, ReadsAllLineEndsAndFields) {
  EXPECT_THAT(
      events_of({"\xEF\xBB\xBF"
                 "data: a\n\ndata:b\r\n\r\n: comment\rdata: c\rdata:  d\r\revent: x\nid: 1\ndata\ndatax: no\n\n"}),
      ElementsAre("a", "b", "c\n d", ""));
}

TEST(SseParserTest, ReadsAnEventTheEndCutsOff) {
  EXPECT_THAT(events_of({"data: a\n\ndata: b"}), ElementsAre("a", "b"));
}

TEST(SseParserTest, DoesNotDependOnThePieces) {
  const std::string stream = "data: {\"a\": \"\xC3\xA9\"}\r\n\r\ndata: two\ndata: lines\n\n:x\n\ndata: [DONE]\n\n";
  const auto expected = events_of({stream});
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size = 1 + random() % 4;
      pieces.push_back(stream.substr(at, size));
      at += size;
    }
    EXPECT_EQ(events_of(pieces), expected);
  }
}

TEST(SseParserTest, EndsWhenAnEventIsTooLong) {
  SseParser parser(10);
  EXPECT_FALSE(parser.push("data: 12345678901", [](std::string_view) { return true; }));
  EXPECT_TRUE(parser.overflowed());
}

TEST(SseParserTest, EndsWhenTheReceiverHasEnough) {
  SseParser parser(100);
  int events = 0;
  const auto one = [&](std::string_view) { return ++events < 1; };
  EXPECT_FALSE(parser.push("data: a\n\ndata: b\n\n", one));
  EXPECT_FALSE(parser.push("data: c\n\n", one));
  parser.finish(one);
  EXPECT_EQ(events, 1);
}

}  // namespace
}  // namespace rap
