// SPDX-License-Identifier: Apache-2.0
#include "tests/generation/reference.h"

#include <ggml.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "tests/support/data.h"

namespace rap::testing {
namespace {

/// Reads `count` float16 numbers from `data` and moves it on.
std::vector<float> take_halves(const std::byte*& data, std::size_t count) {
  std::vector<float> values(count);
  for (float& value : values) {
    ggml_fp16_t half = 0;
    std::memcpy(&half, data, sizeof(half));
    value = ggml_fp16_to_fp32(half);
    data += sizeof(half);
  }
  return values;
}

void load_tokens(Reference& reference, const std::vector<std::string>& photos) {
  const auto file = read_file(source_dir() / "tests" / "generation" / "reference_tokens.bin", 1'000'000);
  ASSERT_TRUE(file) << file.error().message;
  struct Header {
    char magic[4];
    std::uint32_t version, photos, with_features, tokens, width, channels;
  } header{};
  ASSERT_GE(file->size(), sizeof(header));
  std::memcpy(&header, file->data(), sizeof(header));
  ASSERT_EQ(header.version, 1U);
  ASSERT_EQ(header.photos, photos.size());
  const std::size_t halves = std::size_t{header.photos} * header.tokens * header.width +
                             std::size_t{header.with_features} * header.tokens * header.channels;
  ASSERT_EQ(file->size(), sizeof(header) + 2 * halves);
  const std::byte* data = file->data() + sizeof(header);
  for (const std::string& photo : photos) {
    reference.tokens[photo] = take_halves(data, std::size_t{header.tokens} * header.width);
  }
  for (std::size_t i = 0; i < header.with_features; ++i) {
    reference.features[photos[i]] = take_halves(data, std::size_t{header.tokens} * header.channels);
  }
}

Card read_card(const nlohmann::json& json) {
  Card card;
  card.name = json["name"].get<std::string>();
  card.info = json["info"].get<std::string>();
  if (const auto seen = json.find("seen"); seen != json.end()) {
    card.seen = Seen{(*seen)["probability"].get<double>(), {}};
    if (const auto& box = (*seen)["box"]; !box.is_null()) {
      card.seen->region = Box{box[0].get<float>(), box[1].get<float>(), box[2].get<float>(), box[3].get<float>()};
    }
  }
  return card;
}

}  // namespace

Reference load_reference() {
  Reference reference;
  std::ifstream stream(source_dir() / "tests" / "generation" / "reference.json");
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  if (json.is_discarded()) {
    ADD_FAILURE() << "reference.json cannot be read";
    return reference;
  }
  for (const auto& one : json["cases"]) {
    ReferenceCase result;
    result.photo = one["photo"].get<std::string>();
    result.question = one["question"].get<std::string>();
    result.token_ids = one["token_ids"].get<std::vector<int>>();
    result.first_token = one["first_token"].get<int>();
    result.answer = one["answer"].get<std::string>();
    for (const auto& card : one["cards"]) {
      result.cards.push_back(read_card(card));
      result.card_photos.push_back(card["photo"].get<std::string>());
    }
    reference.cases.push_back(std::move(result));
  }
  load_tokens(reference, json["photos"].get<std::vector<std::string>>());
  return reference;
}

Picture reference_picture(const Reference& reference, const std::string& photo) {
  const std::vector<float>& tokens = reference.tokens.at(photo);
  auto bytes = std::make_shared<Bytes>(tokens.size() * sizeof(float));
  std::memcpy(bytes->data(), tokens.data(), bytes->size());
  return Picture{photo, std::move(bytes)};
}

PromptInput reference_input(const Reference& reference, const ReferenceCase& one) {
  PromptInput input;
  input.layout = PromptLayout::kRapSeen;
  input.photos = {reference_picture(reference, one.photo)};
  input.cards = one.cards;
  for (std::size_t i = 0; i < input.cards.size(); ++i) {
    input.cards[i].picture = reference_picture(reference, one.card_photos[i]);
  }
  input.question = one.question;
  return input;
}

}  // namespace rap::testing
