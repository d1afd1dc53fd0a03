// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/text_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rap {
namespace {

using ::testing::ElementsAre;

struct Streamed {
  std::vector<std::string> pieces;
  std::string text;
  TextStream::State state;
};

Streamed stream(const std::vector<std::string>& bytes, const std::vector<std::string>& stops = {}) {
  Streamed result;
  const OnText reader = [&](std::string_view piece) {
    result.pieces.emplace_back(piece);
    return true;
  };
  TextStream stream(stops, reader);
  for (const std::string& part : bytes) stream.push(part);
  result.state = stream.finish();
  result.text = stream.text();
  return result;
}

TEST(TextStreamTest, HandsOutWholeCharacters) {
  EXPECT_THAT(stream({"Zo", "\xC3", "\xAB", "\xF0\x9F", "\x98\x80!"}).pieces, ElementsAre("Zo", "ë", "😀!"));
}

TEST(TextStreamTest, KnowsWhatCanBecomeText) {
  for (const char* text : {"", "Zoë", "\xC3", "\xE0\xA0", "\xED\x9F", "\xF0\x90\x80", "a\xF4", "\xF4\x8F\xBF"}) {
    EXPECT_TRUE(is_utf8_so_far(text)) << text;
  }
  // Not a start; too long a form; a surrogate; above U+10FFFF; something else in between.
  for (const char* text : {"\x80", "\xC0", "\xC1\xA2", "\xE0\x80", "\xED\xA0", "\xF4\x90", "\xF8", "\xE2\x98z"}) {
    EXPECT_FALSE(is_utf8_so_far(text)) << text;
  }
}

TEST(TextStreamTest, RepairsBytesThatAreNoText) {
  EXPECT_EQ(stream({"a\xFF"
                    "b",
                    "\xC3"})
                .text,
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

TEST(TextStreamTest, EndsBeforeAStopTextHoweverItArrives) {
  const auto stopped = stream({"one E", "N", "D two"}, {"END"});
  EXPECT_EQ(stopped.text, "one ");
  EXPECT_EQ(stopped.state, TextStream::State::kStopped);
  EXPECT_EQ(stream({"one E", "Nough"}, {"END"}).text, "one ENough");
  EXPECT_EQ(stream({"one EN"}, {"END"}).text, "one EN");
  EXPECT_EQ(stream({"text"}, {""}).text, "text");
}

TEST(TextStreamTest, DropsBlanksBeforeTheFirstWord) {
  EXPECT_THAT(stream({" ", "\n a", " b"}).pieces, ElementsAre("a", " b"));
}

}  // namespace
}  // namespace rap
