// SPDX-License-Identifier: Apache-2.0
// The grammars of JSON Schemas in the hands of llama.cpp: what they let a model write.
#include <gtest/gtest.h>
#include <llama-cpp.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/text.h"
#include "generation/json_grammar.h"
#include "generation/json_text.h"
#include "generation/llama/model.h"
#include "generation/llama/sampling.h"
#include "tests/generation/fits_schema.h"
#include "tests/generation/tiny_vlm.h"
#include "tests/support/data.h"

namespace rap {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kPet = R"({"type": "object", "required": ["name", "age"], "additionalProperties": false,
  "properties": {"mood": {"enum": ["glad", "sad", null]}, "name": {"type": "string", "minLength": 1, "maxLength": 12},
                 "age": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2}}})";
constexpr const char* kOptional = R"({"properties": {"a": {"type": "null"}, "b": {"type": ["boolean", "number"]},
  "c": {"const": {"x": [1, "é"]}}}})";
constexpr const char* kTree = R"({"$ref": "#/$defs/Tree", "$defs": {"Tree": {"type": "object", "required": ["value"],
  "properties": {"value": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]}}}}})";
constexpr const char* kList = R"({"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 4})";
constexpr const char* kMap = R"({"type": "object", "additionalProperties": {"type": "number"}})";

/// A vocabulary of the bytes and the printable characters of ASCII.
class JsonDecodingTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const testing::TemporaryDir dir;
    ASSERT_TRUE(testing::write_tiny_vlm(dir.path() / "tiny.gguf", dir.path() / "tiny-mmproj.gguf", 1));
    auto model = load_model(dir.path() / "tiny.gguf", /*vocabulary_only=*/true);
    ASSERT_TRUE(model) << model.error().message;
    model_ = model->release();
  }
  static void TearDownTestSuite() { llama_model_free(std::exchange(model_, nullptr)); }

  static const llama_vocab* vocab() { return llama_model_get_vocab(model_); }

  /// The bytes come after unknown, begin and end.
  static llama_token token_of(char byte) { return static_cast<llama_token>(3 + static_cast<unsigned char>(byte)); }

  /// Bytes of `text` that are whole characters.
  static std::size_t complete(std::string_view text) {
    std::size_t size = text.size();
    while (size > 0 && !count_characters(text.substr(0, size))) --size;
    return size;
  }

  /// How many bytes of `text` a model may write; one more if it may end there.
  static std::size_t accepted(const char* schema, std::string_view text) {
    const auto grammar = json_grammar(*read_json_schema(schema));
    EXPECT_TRUE(grammar) << grammar.error().message;
    const llama_sampler_ptr sampler(llama_sampler_init_grammar(vocab(), grammar->c_str(), "root"));
    EXPECT_TRUE(sampler) << *grammar;
    const auto allows = [&](llama_token token) {
      llama_token_data candidate{token, 0.0F, 0.0F};
      llama_token_data_array array{&candidate, 1, -1, false};
      llama_sampler_apply(sampler.get(), &array);
      return candidate.logit == 0.0F;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
      const llama_token token = token_of(text[i]);
      if (!allows(token)) return i;
      llama_sampler_accept(sampler.get(), token);
    }
    return text.size() + (allows(llama_vocab_eos(vocab())) ? 1 : 0);
  }
  static bool accepts(const char* schema, std::string_view text) { return accepted(schema, text) == text.size() + 1; }

  /// What a model with random logits writes: `to_end` makes the ends of values more likely.
  static std::string random_answer(const GenerateOptions& options, std::mt19937& random, float to_end, int max_tokens) {
    auto sampler = Sampler::create(vocab(), options);
    EXPECT_TRUE(sampler) << sampler.error().message;
    std::normal_distribution<float> normal(0.0F, 3.0F);
    std::vector<float> logits(static_cast<std::size_t>(llama_vocab_n_tokens(vocab())));
    std::string text;
    for (int i = 0; i < max_tokens; ++i) {
      for (std::size_t token = 0; token < logits.size(); ++token) {
        const std::string piece = token_text(vocab(), static_cast<llama_token>(token));
        logits[token] = normal(random) + (piece == "\"" || piece == "}" || piece == "]" ? to_end : 0.0F);
      }
      const llama_token token = sampler->next(logits.data(), text.substr(0, complete(text)));
      if (token == LLAMA_TOKEN_NULL || llama_vocab_is_eog(vocab(), token)) return text;
      text += token_text(vocab(), token);
    }
    return text + "...";
  }

 private:
  static inline llama_model* model_ = nullptr;
};

TEST_F(JsonDecodingTest, LetsThroughWhatFits) {
  EXPECT_TRUE(accepts("", "{}"));
  EXPECT_TRUE(accepts("", R"({"a":[1,-2.5e10,true,false,null,"x\n\"\\é😀"], "b": {"":[]}})"));
  EXPECT_TRUE(accepts(kPet, R"({"name":"Bo","age":3})"));
  EXPECT_TRUE(accepts(kPet, R"({"mood": null, "name": "小白 \"é\"", "age": -0, "tags": ["a", ""]})"));
  for (const char* text : {"{}", R"({"b":1})", R"({"a":null,"c":{"x":[1,"é"]}})", R"({"a":null,"b":true})"}) {
    EXPECT_TRUE(accepts(kOptional, text)) << text;
  }
  EXPECT_TRUE(accepts(kTree, R"({"value":1,"next":{"value":2,"next":null}})"));
  EXPECT_TRUE(accepts(kList, "[true, false,true]"));
  EXPECT_TRUE(accepts(kMap, R"({"x":1.25,"y":0})"));
}

TEST_F(JsonDecodingTest, StopsWhatDoesNotFit) {
  EXPECT_EQ(accepted("", "[]"), 0U);
  EXPECT_EQ(accepted("", " {}"), 0U);
  EXPECT_EQ(accepted("", "{  }"), 1U);
  EXPECT_EQ(accepted("", "{}}"), 2U);
  EXPECT_EQ(accepted("", "{\"a\":  1}"), 6U) << "a second blank";
  EXPECT_EQ(accepted("", "{\"a\":01}"), 6U);
  EXPECT_EQ(accepted("", "{\"a\":\"\n\"}"), 6U) << "a control character";
  EXPECT_EQ(accepted("", "{\"a\":1,}"), 7U);
  EXPECT_EQ(accepted("", "{\"a\":1234567890123456}"), 20U) << "more digits than a reader holds";
  EXPECT_EQ(accepted("", "{\"\xC3\"}"), 3U) << "half a character";
  EXPECT_EQ(accepted("", R"({"a":1)"), 6U) << "no end before the end";
  EXPECT_EQ(accepted(kPet, R"({"age":3})"), 2U) << "the order is the schema's";
  EXPECT_EQ(accepted(kPet, R"({"name":""})"), 9U);
  EXPECT_EQ(accepted(kPet, R"({"name":"1234567890123","age":3})"), 21U);
  EXPECT_EQ(accepted(kPet, R"({"name":"Bo"})"), 12U) << "age is required";
  EXPECT_EQ(accepted(kPet, R"({"mood":"angry"})"), 9U);
  EXPECT_EQ(accepted(kPet, R"({"name":"Bo","age":3,"tags":["a","b","c"]})"), 36U);
  EXPECT_EQ(accepted(kPet, R"({"name":"Bo","age":3,"more":1})"), 22U);
  EXPECT_EQ(accepted(kOptional, R"({"b":1,"a":null})"), 8U);
  EXPECT_EQ(accepted(kList, "[true]"), 5U);
  EXPECT_EQ(accepted(kList, "[true,true,true,true,"), 20U);
}

TEST_F(JsonDecodingTest, WhateverAModelWritesFits) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int whole = 0;
  for (const char* schema : {"{}", kPet, kOptional, kTree, kList, kMap}) {
    for (int round = 0; round < 60; ++round) {
      GenerateOptions options;
      options.json = schema;
      options.temperature = round % 2 == 0 ? 0.0F : 1.0F;
      options.seed = random();
      const std::string text = random_answer(options, random, 6.0F, 400);
      if (text.ends_with("...")) continue;
      ++whole;
      const Json value = Json::parse(text, nullptr, false);
      ASSERT_FALSE(value.is_discarded()) << text;
      EXPECT_TRUE(testing::fits_schema(value, Json::parse(schema))) << schema << '\n' << text;
      EXPECT_TRUE(value.is_object() || schema == kList) << text;
    }
  }
  EXPECT_GT(whole, 200) << "most answers end";
}

TEST_F(JsonDecodingTest, KeepsForbiddenNamesOut) {
  std::mt19937 random(5);
  GenerateOptions options;
  options.json = R"({"type": "array", "items": {"type": "string", "minLength": 6, "maxLength": 9}, "minItems": 5})";
  for (char letter = 'a'; letter <= 'z'; letter += 2) options.forbidden.emplace_back(1, letter);
  for (int round = 0; round < 10; ++round) {
    const std::string text = random_answer(options, random, 4.0F, 300);
    for (const std::string& name : options.forbidden) EXPECT_FALSE(mentions(json_as_read(text), name)) << text;
  }
}

TEST_F(JsonDecodingTest, ASchemaOfForbiddenNamesGetsThem) {
  std::mt19937 random(5);
  GenerateOptions options;
  options.json = R"({"enum": ["Max", "Bo"]})";
  options.forbidden = {"max"};
  EXPECT_EQ(random_answer(options, random, 0.0F, 30).substr(0, 4), "\"Max") << "the seed begins so";
  options.json = R"({"const": "Max"})";
  EXPECT_EQ(random_answer(options, random, 0.0F, 30), "\"Max\"");
}

// In any answer, JSON or not: the last byte completes the name.
TEST_F(JsonDecodingTest, ForbidsNamesWhoseCharactersComeInPieces) {
  const std::string name = "小白";
  GenerateOptions options;
  options.forbidden = {name};
  auto sampler = Sampler::create(vocab(), options);
  ASSERT_TRUE(sampler);
  std::string text;
  for (const char byte : name) {
    std::vector<float> logits(static_cast<std::size_t>(llama_vocab_n_tokens(vocab())));
    logits[static_cast<std::size_t>(token_of(byte))] = 1.0F;
    text += token_text(vocab(), sampler->next(logits.data(), text.substr(0, complete(text))));
  }
  EXPECT_EQ(text.substr(0, 5), name.substr(0, 5));
  EXPECT_NE(text, name);
}

TEST_F(JsonDecodingTest, RefusesWhatItCannotHonour) {
  GenerateOptions options;
  options.json = R"({"not": {"type": "null"}})";
  auto sampler = Sampler::create(vocab(), options);
  ASSERT_FALSE(sampler);
  EXPECT_EQ(sampler.error().field, "json");
  options.json = "";
  options.prefix = "Bo";
  sampler = Sampler::create(vocab(), options);
  ASSERT_FALSE(sampler);
  EXPECT_EQ(sampler.error().field, "prefix");
}

}  // namespace
}  // namespace rap
