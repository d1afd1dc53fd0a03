// SPDX-License-Identifier: Apache-2.0
// Encoders that are not the default one: how pictures enter them, and CLIP's vision tower.
#include <gmock/gmock.h>

#include "image/photo.h"
#include "tests/vision/graphs.h"
#include "vision/openvino_encoder.h"

namespace rap {
namespace {

using testing::graph;
using ::testing::HasSubstr;

constexpr std::array<float, 3> kClipMean{0.48145466F * 255, 0.4578275F * 255, 0.40821073F * 255};
constexpr std::array<float, 3> kClipStd{0.26862954F * 255, 0.26130258F * 255, 0.27577711F * 255};

EncoderOptions clip(const char* model) {
  return {.model = graph(model),
          .model_sha256 = "0123456789abcdef0123456789abcdef",
          .power = 1,
          .input_side = 56,
          .square = true,
          .mean = kClipMean,
          .scale = kClipStd};
}

std::unique_ptr<Encoder> open(const EncoderOptions& options) {
  auto opened = open_openvino_encoder(options);
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

FeatureMap encode(const Encoder& encoder, const Image& image) {
  auto features = encoder.encode(image);
  EXPECT_TRUE(features) << features.error().message;
  return features ? std::move(features->maps.front()) : FeatureMap();
}

// A graph that gives what it gets.
TEST(OwnEncoder, GetsPixelsNormalisedByChannel) {
  EncoderOptions options = clip("pixels.onnx");
  const auto encoder = open(options);
  EXPECT_EQ(encoder->channels(), 3);
  const Image photo = testing::reference_picture(56);
  const FeatureMap same = encode(*encoder, photo);
  ASSERT_EQ(same.values.size(), 3U * 56 * 56);
  for (std::size_t i = 0; i < 56U * 56; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      ASSERT_NEAR(same.values[c * 56 * 56 + i], (static_cast<float>(photo.rgb[3 * i + c]) - kClipMean[c]) / kClipStd[c],
                  1e-5F);
    }
  }
}

TEST(OwnEncoder, ASquareOneSeesTheWholeOfAnyPhotoSquashed) {
  EncoderOptions options = clip("pixels.onnx");
  options.mean = {0, 0, 0};
  options.scale = {1, 1, 1};
  const Image photo = resize(testing::reference_picture(56), 400, 80);
  const Image squashed = resize(photo, 56, 56);
  const FeatureMap seen = encode(*open(options), photo);
  ASSERT_EQ(std::pair(seen.width, seen.height), std::pair(56, 56));
  for (std::size_t i = 0; i < 56U * 56; ++i) ASSERT_EQ(seen.values[i], static_cast<float>(squashed.rgb[3 * i]));

  const auto fine = open(options)->encode_finely(testing::reference_picture(400));
  ASSERT_TRUE(fine);
  EXPECT_FALSE(*fine) << "it reads pictures of one size only";

  options.square = false;
  options.input_side = 64;
  const FeatureMap elongated = encode(*open(options), photo);
  EXPECT_EQ(std::pair(elongated.width, elongated.height), std::pair(128, 32));
}

// The same weights and picture in numpy (make_onnx.py): 16 cells of 24 channels, the class token left out.
TEST(OwnEncoder, AgreesWithTheReferenceOnClip) {
  const auto reference = testing::graph_reference()["clip"].get<std::vector<std::vector<float>>>();
  struct Case {
    const char* model;
    float tolerance;
  };
  for (const auto& [model, tolerance] : {Case{"tiny-clip.onnx", 1e-3F}, Case{"tiny-clip-half.onnx", 0.03F}}) {
    const auto encoder = open(clip(model));
    EXPECT_EQ(encoder->channels(), 24);
    EXPECT_EQ(encoder->head().dimensions, 24U);
    EXPECT_EQ(encoder->head().parts.at(0).power, 1);
    const FeatureMap map = encode(*encoder, testing::reference_picture(56));
    ASSERT_EQ(std::tuple(map.channels, map.height, map.width), std::tuple(24, 4, 4));
    for (std::size_t cell = 0; cell < 16; ++cell) {
      for (std::size_t channel = 0; channel < 24; ++channel) {
        ASSERT_NEAR(map.values[channel * 16 + cell], reference[cell][channel], tolerance) << model << " " << cell;
      }
    }
    EXPECT_EQ(encode(*encoder, testing::reference_picture(56)).values, map.values) << "twice the same";
  }
}

TEST(OwnEncoder, WhatDoesNotFitGetsASentenceThatSaysWhatToDo) {
  const auto error = [](const EncoderOptions& options) {
    const auto opened = open_openvino_encoder(options);
    return opened ? Error{} : opened.error();
  };
  EncoderOptions options = clip("tiny-clip.onnx");
  options.prefix_tokens = 0;
  EXPECT_EQ(error(options).code, ErrorCode::kUnsupported);
  EXPECT_THAT(error(options).message, HasSubstr("prefix_tokens"));
  options.prefix_tokens = 17;
  EXPECT_THAT(error(options).message, HasSubstr("prefix_tokens"));

  options = clip("tiny-clip.onnx");
  options.input_side = 70;
  EXPECT_EQ(error(options).code, ErrorCode::kUnsupported);
  EXPECT_THAT(error(options).message, HasSubstr("input_side"));

  options = clip("tiny-yolo-world-open.onnx");
  EXPECT_THAT(error(options).message, HasSubstr("vision tower alone"));

  options = clip("tiny-clip.onnx");
  options.power = 3;
  EXPECT_FALSE(error(options).message.empty());
}

}  // namespace
}  // namespace rap
