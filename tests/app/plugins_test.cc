// SPDX-License-Identifier: Apache-2.0
// Encoders and detectors of the user's own, from the options to the answer.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "app/encoder.h"
#include "core/files.h"
#include "image/photo.h"
#include "rap/open.h"
#include "tests/support/data.h"

namespace rap {
namespace {

using ::testing::HasSubstr;

const Owner kOwner;

std::filesystem::path graph(const char* name) { return testing::source_dir() / "tests/vision/onnx" / name; }

Bytes photo(const char* name) {
  auto file = read_file(testing::example_photo(name), Limits::kPhotoBytes);
  EXPECT_TRUE(file) << name;
  return file ? *file : Bytes();
}

/// One photo with another laid on it, both scaled: `box` says where, in parts.
Bytes composed(const char* below, const char* above, int side, const Box& box) {
  Image image = resize(*decode_photo(photo(below)), side, side);
  const auto pixels = [side](float part) { return static_cast<int>(part * static_cast<float>(side)); };
  const Image small = resize(*decode_photo(photo(above)), pixels(box.width), pixels(box.height));
  for (int y = 0; y < small.height; ++y) {
    const auto from = small.rgb.begin() + 3 * y * small.width;
    std::copy(from, from + 3 * small.width, image.rgb.begin() + 3 * ((pixels(box.y) + y) * side + pixels(box.x)));
  }
  return *encode_png(image);
}

class PluginsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.memory_file = folder_.path() / "memory.db";
    options_.cache_dir = folder_.path() / "cache";
    options_.model = "none";
  }

  std::filesystem::path file(const char* name, const std::string& content) {
    std::ofstream(folder_.path() / name, std::ios::binary) << content;
    return folder_.path() / name;
  }

  void open() {
    assistant_.reset();
    auto opened = rap::open(options_);
    ASSERT_TRUE(opened) << opened.error().message;
    assistant_ = std::move(*opened);
  }

  Concept remember(const char* name, const char* category, const char* picture) {
    const Bytes bytes = photo(picture);
    const NewView view{.photo = bytes};
    auto known = assistant_->remember(kOwner, {.name = name, .category = category}, std::span(&view, 1));
    EXPECT_TRUE(known) << known.error().message;
    return known ? *known : Concept();
  }

  Recognition recognize(const Bytes& picture) {
    auto found = assistant_->recognize(kOwner, picture, {});
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : Recognition();
  }

  Error error() {
    const auto opened = rap::open(options_);
    return opened ? Error{} : opened.error();
  }

  testing::TemporaryDir folder_;
  Options options_;
  std::unique_ptr<Assistant> assistant_;
};

// The detector says that something of its first class is in the lower right corner.
TEST_F(PluginsTest, ADetectorsBoxMakesASmallThingFound) {
  constexpr Box kCorner{0.75F, 0.75F, 0.1875F, 0.1875F};
  const Bytes query = composed("flower.jpg", "chelsea.jpg", 640, kCorner);
  options_.detector = graph("planted.onnx");
  options_.detector_classes = file("classes.txt", "cat\nflower\n");
  options_.detector_only = true;
  open();
  const Concept chelsea = remember("Chelsea", "cat", "chelsea.jpg");
  const Recognition found = recognize(query);
  ASSERT_EQ(found.matches.size(), 1U);
  EXPECT_EQ(found.matches[0].name, "Chelsea");
  const Box& region = found.matches[0].region.value();
  EXPECT_NEAR(region.x, kCorner.x, 0.1) << "to whole cells of the map";
  EXPECT_NEAR(region.y, kCorner.y, 0.1);
  EXPECT_LT(region.width, 0.35F);

  ConceptPatch patch;
  patch.category = "flower";
  ASSERT_TRUE(assistant_->edit(kOwner, chelsea.id, patch));
  EXPECT_TRUE(recognize(query).matches.empty()) << "only flowers are looked for, and they are elsewhere";
  patch.category = "teapot";
  ASSERT_TRUE(assistant_->edit(kOwner, chelsea.id, patch));
  EXPECT_EQ(recognize(query).matches.size(), 1U) << "which class a teapot is, nobody knows";

  options_.detector_only = false;
  open();
  EXPECT_EQ(recognize(query).matches.size(), 1U) << "boxes join the windows";
}

constexpr char kClip[] = R"({"input_side": 56, "mean": [0.48145466, 0.4578275, 0.40821073],
  "std": [0.26862954, 0.26130258, 0.27577711], "prefix_tokens": 1)";

TEST_F(PluginsTest, AClipEncoderTakesThePlaceOfTheDefaultOne) {
  std::filesystem::copy(graph("tiny-clip.onnx"), folder_.path() / "clip.onnx");
  options_.encoder = folder_.path() / "clip.onnx";
  file("clip.json", std::string(kClip) + "}");
  options_.model.clear();  // the default model reads the default encoder's maps
  open();
  const auto plain = open_encoder(options_);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ((*plain)->channels(), 24);

  remember("Chelsea", "cat", "chelsea.jpg");
  remember("Rocket", "", "rocket.jpg");
  const Bytes query = photo("chelsea.jpg");
  const Recognition found = recognize(query);
  ASSERT_EQ(found.matches.size(), 1U) << "the very photo is found even with random weights";
  EXPECT_EQ(found.matches[0].name, "Chelsea");

  const auto answer = assistant_->ask(kOwner, {.photos = {query}, .question = "Who is this?"}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(answer.error().message, HasSubstr("24"));
  EXPECT_THAT(answer.error().message, HasSubstr("--mmproj"));

  file("clip.json",
       std::string(kClip) + R"(, "calibration": {"similarity_weight": 1, "margin_weight": 1, "bias": -100}})");
  open();
  EXPECT_TRUE(recognize(query).matches.empty()) << "its own calibration is in force";
  EXPECT_EQ((*open_encoder(options_))->fingerprint(), (*plain)->fingerprint())
      << "a new calibration leaves embeddings as they are";
  file("clip.json", std::string(kClip) + R"(, "pooling_power": 2})");
  EXPECT_NE((*open_encoder(options_))->fingerprint(), (*plain)->fingerprint());
}

TEST_F(PluginsTest, AWrongFileGetsASentenceThatSaysWhatToDo) {
  options_.encoder = folder_.path() / "clip.onnx";
  EXPECT_EQ(error().code, ErrorCode::kNotFound);
  std::filesystem::copy(graph("tiny-clip.onnx"), folder_.path() / "clip.onnx");
  EXPECT_THAT(error().message, HasSubstr("description"));
  EXPECT_EQ(error().field, "encoder");
  const std::string clip = kClip;
  for (const auto& [content, word] :
       {std::pair{std::string("{}"), "input_side"}, std::pair{std::string("nonsense"), "docs/models.md"},
        std::pair{clip + R"(, "patch": 14})", "patch"}, std::pair{clip + R"(, "pooling_power": 9})", "pooling_power"},
        std::pair{clip + R"(, "mean": [1, 2]})", "mean"}, std::pair{clip + R"(, "std": [1, 1, 0]})", "std"},
        std::pair{clip + R"(, "input_side": 1e9})", "input_side"},
        std::pair{clip + R"(, "calibration": {"bias": 1}})", "similarity_weight"}}) {
    file("clip.json", content);
    EXPECT_EQ(error().code, ErrorCode::kCorrupt) << content;
    EXPECT_THAT(error().message, HasSubstr(word)) << content;
  }
  options_.encoder.clear();

  options_.detector_only = true;
  EXPECT_EQ(error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error().message, HasSubstr("--detector"));
  options_.detector = folder_.path() / "nowhere.onnx";
  EXPECT_EQ(error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace rap
