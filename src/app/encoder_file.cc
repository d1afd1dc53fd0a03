// SPDX-License-Identifier: Apache-2.0
#include "app/encoder_file.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "core/files.h"
#include "core/hash.h"

namespace rap {
namespace {

using Json = nlohmann::json;

constexpr std::uintmax_t kMaxDescriptionBytes = 100'000;
constexpr int kMaxSide = 4096;
constexpr int kMaxPrefixTokens = 1000;
constexpr float kWhite = 255.0F;
constexpr std::array kKeys{"input_side", "mean", "std", "square", "prefix_tokens", "pooling_power", "calibration"};

void check_keys(const Json& json) {
  for (const auto& [key, value] : json.items()) {
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      throw std::invalid_argument("there is no setting '" + key + "'");
    }
  }
}

int whole_number(const Json& json, int least, int most, const char* name) {
  if (!json.is_number_integer() || json < least || json > most) {
    throw std::invalid_argument(std::string(name) + " must be a whole number from " + std::to_string(least) + " to " +
                                std::to_string(most));
  }
  return json.get<int>();
}

/// Three numbers for values in [0, 1], as those for values in [0, 255].
std::array<float, 3> by_channel(const Json& json, const char* name) {
  if (!json.is_array() || json.size() != 3) throw std::invalid_argument(std::string(name) + " must be three numbers");
  const auto values = json.get<std::array<float, 3>>();
  return {values[0] * kWhite, values[1] * kWhite, values[2] * kWhite};
}

Calibration calibration_of(const Json& json) {
  const Calibration calibration{.similarity_weight = json.at("similarity_weight"),
                                .margin_weight = json.at("margin_weight"),
                                .bias = json.at("bias")};
  if (!(calibration.similarity_weight >= 0.0 && calibration.margin_weight >= 0.0)) {
    throw std::invalid_argument("similarity_weight and margin_weight must not be negative");
  }
  return calibration;
}

EncoderFile parse(const Json& json) {
  check_keys(json);
  EncoderFile file;
  EncoderOptions& options = file.options;
  options.input_side = whole_number(json.at("input_side"), 1, kMaxSide, "input_side");
  options.mean = by_channel(json.at("mean"), "mean");
  options.scale = by_channel(json.at("std"), "std");
  if (std::any_of(options.scale.begin(), options.scale.end(), [](float scale) { return !(scale > 0.0F); })) {
    throw std::invalid_argument("std must be above 0");
  }
  options.square = json.value("square", true);
  options.prefix_tokens = whole_number(json.value("prefix_tokens", Json(1)), 0, kMaxPrefixTokens, "prefix_tokens");
  options.power = whole_number(json.value("pooling_power", Json(1)), 1, 8, "pooling_power");
  if (json.contains("calibration")) file.calibration = calibration_of(json.at("calibration"));
  return file;
}

}  // namespace

Result<EncoderFile> read_encoder_file(const std::filesystem::path& onnx) {
  const std::filesystem::path description = std::filesystem::path(onnx).replace_extension(".json");
  if (!std::filesystem::is_regular_file(onnx)) {
    return fail(ErrorCode::kNotFound, "there is no encoder file '" + onnx.string() + "'", "encoder");
  }
  const auto sha256 = sha256_file(onnx);
  if (!sha256) return Unexpected{Error{sha256.error().code, sha256.error().message, "encoder"}};
  const auto content = read_file(description, kMaxDescriptionBytes);
  if (!content) {
    return fail(content.error().code,
                "an encoder of your own needs a description beside it (docs/models.md): " + content.error().message,
                "encoder");
  }
  try {
    const auto* text = reinterpret_cast<const char*>(content->data());
    Json json = Json::parse(text, text + content->size());
    EncoderFile file = parse(json);
    json.erase("calibration");
    file.options.model = onnx;
    file.options.model_sha256 = sha256_hex(as_bytes(*sha256 + json.dump()));
    return file;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kCorrupt,
                "'" + description.string() + "' does not describe an encoder (docs/models.md): " + error.what(),
                "encoder");
  }
}

}  // namespace rap
