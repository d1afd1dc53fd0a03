// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/text_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "core/hash.h"
#include "tests/generation/tiny_vlm.h"
#include "tests/support/data.h"

namespace rap {
namespace {

using ::testing::HasSubstr;
using testing::source_dir;

std::filesystem::path models() { return RAP_TEST_MODELS_DIR; }
std::filesystem::path minilm() { return models() / "all-minilm-l6-v2" / "all-minilm-l6-v2-f32.gguf"; }

TextEncoderOptions minilm_options() {
  return {.name = "all-minilm-l6-v2", .model = minilm(), .sha256 = "0123456789abcdef0123", .threads = 1};
}

std::unique_ptr<TextEncoder> open_or_fail(const TextEncoderOptions& options) {
  auto opened = open_llama_text_encoder(options);
  if (!opened) {
    ADD_FAILURE() << opened.error().message;
    return nullptr;
  }
  return std::move(*opened);
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

std::string repeated(std::string_view word, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += word;
  return text;
}

class TextEncoderTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::filesystem::exists(minilm())) encoder_ = open_or_fail(minilm_options()).release();
  }
  static void TearDownTestSuite() { delete std::exchange(encoder_, nullptr); }
  void SetUp() override {
    if (!std::filesystem::exists(minilm())) GTEST_SKIP() << "no text encoder: run scripts/bootstrap.sh --text";
    ASSERT_NE(encoder_, nullptr);
  }

  static TextEmbedding embed(std::string_view text) {
    auto made = encoder_->embed(text);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? *made : TextEmbedding{};
  }

  static inline const TextEncoder* encoder_ = nullptr;
};

// The tokenizer and the network of the reference share nothing with llama.cpp; see make_text_reference.py.
TEST_F(TextEncoderTest, AgreesWithAnotherImplementation) {
  const auto reference =
      nlohmann::json::parse(std::ifstream(source_dir() / "tests" / "generation" / "text_reference.json"));
  std::vector<std::vector<float>> all;
  for (const auto& sentence : reference["sentences"]) {
    const auto text = sentence["text"].get<std::string>();
    const TextEmbedding made = embed(text);
    EXPECT_EQ(made.tokens, sentence["tokens"].get<int>()) << text;
    ASSERT_EQ(made.values.size(), 384U);
    EXPECT_NEAR(dot(made.values, made.values), 1.0, 1e-5);
    for (std::size_t i = 0; i < sentence["begins"].size(); ++i) {
      EXPECT_NEAR(made.values[i], sentence["begins"][i].get<double>(), 1e-3) << text << ", number " << i;
    }
    all.push_back(made.values);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      EXPECT_NEAR(dot(all[i], all[j]), reference["cosines"][i][j].get<double>(), 1e-3) << i << " and " << j;
    }
  }
}

TEST_F(TextEncoderTest, TextsThatMeanAlikeLieNear) {
  const auto asked = embed("What does the cat like?").values;
  const double near = dot(asked, embed("Chelsea is a ginger cat. She loves warm radiators.").values);
  EXPECT_GT(near, dot(asked, embed("Rosso is a red cup with a saucer, for espresso only.").values) + 0.2);
}

TEST_F(TextEncoderTest, SaysWhatItIs) {
  EXPECT_EQ(encoder_->model().name, "all-minilm-l6-v2");
  EXPECT_EQ(encoder_->model().space.dimensions, 384U);
  EXPECT_THAT(encoder_->model().space.fingerprint, HasSubstr("0123456789abcdef"));
  TextEncoderOptions unhashed = minilm_options();
  unhashed.sha256.clear();
  const auto other = open_or_fail(unhashed);
  ASSERT_NE(other, nullptr);
  EXPECT_THAT(other->model().space.fingerprint, HasSubstr(sha256_file(minilm())->substr(0, 16)));
}

TEST_F(TextEncoderTest, ControlTokensInATextAreText) {
  EXPECT_EQ(embed("red [SEP] cup").tokens, embed("red ( sep ) cup").tokens);
  EXPECT_LT(dot(embed("[CLS]").values, embed("").values), 0.9);
}

TEST_F(TextEncoderTest, NothingIsCutOff) {
  EXPECT_EQ(embed(repeated("cup ", 510)).tokens, 512) << "with one at each end";
  for (const std::string& text : {repeated("cup ", 511), repeated("cup ", 5'000), std::string(10'000'000, ' ')}) {
    const auto refused = encoder_->embed(text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
    EXPECT_EQ(refused.error().field, "text");
    EXPECT_THAT(refused.error().message, HasSubstr("512"));
  }
}

TEST_F(TextEncoderTest, WhatIsNoTextIsRefused) {
  for (const char* text : {"\xff", "caf\xc3", "\xed\xa0\x80"}) {
    const auto refused = encoder_->embed(text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(embed(std::string_view("red\0cup", 7)).values.size(), 384U);
}

TEST_F(TextEncoderTest, ThreadsShareIt) {
  const std::vector<std::string> texts{"red cup", repeated("a long text ", 40), "小猫", "Zoë"};
  std::vector<std::vector<float>> alone;
  for (const std::string& text : texts) alone.push_back(embed(text).values);
  std::atomic<int> different{0};
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 3 * texts.size(); ++i) {
          const std::size_t which = (t + i) % texts.size();
          const auto made = encoder_->embed(texts[which]);
          if (!made || made->values != alone[which]) ++different;
        }
      });
    }
  }
  EXPECT_EQ(different, 0);
}

TEST_F(TextEncoderTest, CallersBeyondTheBoundAreTurnedAway) {
  TextEncoderOptions options = minilm_options();
  options.max_waiting = 0;
  const auto encoder = open_or_fail(options);
  ASSERT_NE(encoder, nullptr);
  std::atomic<int> made{0};
  std::atomic<int> busy{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        const auto one = encoder->embed(repeated("cup ", 500));
        if (one) ++made;
        if (!one && one.error().code == ErrorCode::kUnavailable) ++busy;
      });
    }
  }
  EXPECT_GE(made, 1);
  EXPECT_GE(busy, 1);
  EXPECT_EQ(made + busy, 8);
}

TEST(TextEncoderFiles, DecodersEmbedToo) {
  const testing::TemporaryDir dir;
  ASSERT_TRUE(testing::write_tiny_text_encoder(dir.path() / "tiny.gguf", 7));
  const auto encoder = open_or_fail({.name = "tiny", .model = dir.path() / "tiny.gguf", .sha256 = {}, .threads = 1});
  ASSERT_NE(encoder, nullptr);
  const auto red = encoder->embed("red");
  const auto blue = encoder->embed("blue");
  const auto again = encoder->embed("red");
  ASSERT_TRUE(red && blue && again);
  EXPECT_EQ(red->values.size(), encoder->model().space.dimensions);
  EXPECT_NEAR(dot(red->values, red->values), 1.0, 1e-5);
  EXPECT_NE(red->values, blue->values);
  EXPECT_EQ(red->values, again->values) << "nothing is left of the texts before";
}

TEST(TextEncoderFiles, OthersAreRefused) {
  const testing::TemporaryDir dir;
  std::ofstream(dir.path() / "text.gguf") << "no model";
  ASSERT_TRUE(testing::write_tiny_vlm(dir.path() / "tiny.gguf", dir.path() / "mmproj.gguf", 7));
  const auto code_of = [&](const char* file) {
    const auto opened = open_llama_text_encoder({.name = file, .model = dir.path() / file});
    return opened ? ErrorCode::kInternal : opened.error().code;
  };
  EXPECT_EQ(code_of("nothing.gguf"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of("text.gguf"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of("tiny.gguf"), ErrorCode::kUnsupported) << "it pools nothing";
  EXPECT_EQ(code_of("mmproj.gguf"), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace rap
