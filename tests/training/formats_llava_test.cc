// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "core/files.h"
#include "generation/llama/encoded_picture.h"
#include "generation/llama/vlm_generator.h"
#include "tests/generation/tiny_vlm.h"
#include "tests/training/clip_reference.h"
#include "tests/training/formats_values.h"
#include "training/formats/llava_projector.h"

namespace rap::training {
namespace {

namespace fs = std::filesystem;
using testing::scratch_file;
using testing::TinyClip;

class LlavaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    eyes_ = {scratch_file("projector.safetensors"), scratch_file("clip")};
    fs::create_directories(eyes_.vision_tower);
    tower_ = testing::random_tower(clip_);
    projector_ = testing::random_projector(clip_);
    save();
    configure(testing::config_json(clip_));
  }

  void save() {
    ASSERT_TRUE(write_safetensors(eyes_.vision_tower / "model.safetensors", tower_));
    ASSERT_TRUE(write_safetensors(eyes_.projector, projector_));
  }

  void configure(const std::string& json) {
    ASSERT_TRUE(write_file(eyes_.vision_tower / "config.json", as_bytes(json)));
  }

  /// The generator of the imported eyes and a tiny language model.
  [[nodiscard]] std::unique_ptr<VlmGenerator> open() const {
    VlmGeneratorOptions options;
    options.model = scratch_file("tiny.gguf");
    options.mmproj = scratch_file("imported-mmproj.gguf");
    options.decoder.threads = 1;
    EXPECT_TRUE(rap::testing::write_tiny_vlm(options.model, scratch_file("unused.gguf"), 1));
    const auto content = llava_mmproj(eyes_);
    EXPECT_TRUE(content) << (content ? "" : content.error().message);
    EXPECT_TRUE(content && write_gguf(options.mmproj, *content));
    auto opened = VlmGenerator::open(options);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return opened ? std::move(*opened) : nullptr;
  }

  [[nodiscard]] Image picture() const {
    Image image{static_cast<int>(clip_.image), static_cast<int>(clip_.image), {}};
    for (const float value : testing::random_values(3 * clip_.image * clip_.image)) {
      image.rgb.push_back(static_cast<std::uint8_t>(std::clamp(128.0F + 60.0F * value, 0.0F, 255.0F)));
    }
    return image;
  }

  [[nodiscard]] Error refusal() const {
    const auto content = llava_mmproj(eyes_);
    EXPECT_FALSE(content);
    return content ? Error{} : content.error();
  }

  TinyClip clip_;
  Tensors tower_;
  Tensors projector_;
  LlavaEyes eyes_;
};

TEST_F(LlavaTest, SeesWhatTransformersSees) {
  const auto generator = open();
  ASSERT_NE(generator, nullptr);
  const Image image = picture();
  const auto encoded = generator->encode_picture(image, nullptr);
  ASSERT_TRUE(encoded) << encoded.error().message;
  const auto chunks = read_encoded_picture(*encoded, static_cast<int>(clip_.text_width));
  ASSERT_TRUE(chunks) << chunks.error().message;
  std::vector<float> seen;
  for (const EncodedChunk& chunk : *chunks) seen.insert(seen.end(), chunk.embeddings.begin(), chunk.embeddings.end());
  const auto error = [&](testing::ClassToken place) {
    return testing::relative_error(testing::visual_tokens(clip_, tower_, projector_, image, place), seen);
  };
  // A llama.cpp with or without issue 25814: either way the weights are where they belong.
  EXPECT_LT(std::min(error(testing::ClassToken::kFirst), error(testing::ClassToken::kLast)), 0.01);
}

TEST_F(LlavaTest, Answers) {
  const auto generator = open();
  ASSERT_NE(generator, nullptr);
  auto encoded = generator->encode_picture(picture(), nullptr);
  ASSERT_TRUE(encoded) << encoded.error().message;
  const Picture photo{"", std::make_shared<Bytes>(std::move(*encoded))};
  GenerateOptions options;
  options.max_tokens = 8;
  const auto answer = generator->generate({{Role::kUser, {photo, std::string("Who?")}}}, options, {});
  ASSERT_TRUE(answer) << answer.error().message;
}

TEST_F(LlavaTest, KnowsTheNamesOfTransformersLlava) {
  const auto plain = llava_mmproj(eyes_);
  ASSERT_TRUE(plain) << plain.error().message;
  Tensors renamed;
  for (const auto& [name, tensor] : tower_) renamed["model.vision_tower." + name] = tensor;
  tower_ = renamed;
  projector_ = {{"multi_modal_projector.linear_1.weight", projector_.at("model.mm_projector.0.weight")},
                {"multi_modal_projector.linear_1.bias", projector_.at("model.mm_projector.0.bias")},
                {"multi_modal_projector.linear_2.weight", projector_.at("model.mm_projector.2.weight")},
                {"multi_modal_projector.linear_2.bias", projector_.at("model.mm_projector.2.bias")}};
  save();
  configure(R"({"model_type": "llava", "vision_config": )" + testing::config_json(clip_) + "}");
  const auto same = llava_mmproj(eyes_);
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_EQ(same->metadata, plain->metadata);
  ASSERT_EQ(same->tensors.size(), plain->tensors.size());
  for (std::size_t i = 0; i < same->tensors.size(); ++i) {
    EXPECT_EQ(same->tensors[i].name, plain->tensors[i].name);
    EXPECT_EQ(same->tensors[i].values, plain->tensors[i].values);
  }
}

TEST_F(LlavaTest, TakesThePreprocessorsColours) {
  ASSERT_TRUE(write_file(eyes_.vision_tower / "preprocessor_config.json",
                         as_bytes(R"({"image_mean": [0.5, 0.25, 0.5], "image_std": [1, 1]})")));
  const auto content = llava_mmproj(eyes_);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(std::get<std::vector<double>>(content->metadata.at("clip.vision.image_mean")),
            (std::vector<double>{0.5, 0.25, 0.5}));
  EXPECT_EQ(std::get<std::vector<double>>(content->metadata.at("clip.vision.image_std"))[0], 0.26862954);
}

TEST_F(LlavaTest, SaysWhatIsMissing) {
  eyes_.vision_tower.clear();
  EXPECT_EQ(refusal().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refusal().message.find("--vision"), std::string::npos);
  eyes_.vision_tower = scratch_file("nothing");
  EXPECT_EQ(refusal().code, ErrorCode::kNotFound);
  SetUp();
  eyes_.projector = "mm_projector.bin";
  EXPECT_EQ(refusal().code, ErrorCode::kUnsupported);
  EXPECT_NE(refusal().message.find("pickle"), std::string::npos);
  SetUp();
  tower_.erase("vision_model.encoder.layers.1.mlp.fc2.bias");
  save();
  EXPECT_EQ(refusal().code, ErrorCode::kCorrupt);
  EXPECT_NE(refusal().message.find("layers.1.mlp.fc2.bias"), std::string::npos);
}

TEST_F(LlavaTest, RefusesPartsThatDoNotBelongTogether) {
  clip_.width = 16;
  projector_ = testing::random_projector(clip_);
  save();
  EXPECT_EQ(refusal().code, ErrorCode::kInvalidArgument);
  projector_ = {{"mm_projector.weight", {{64, 32}, std::vector<float>(64 * 32)}}};
  save();
  EXPECT_EQ(refusal().code, ErrorCode::kUnsupported);
  configure(testing::config_json(clip_));
  EXPECT_EQ(refusal().code, ErrorCode::kCorrupt);
  configure(R"({"hidden_size": 1e99})");
  EXPECT_EQ(refusal().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace rap::training
