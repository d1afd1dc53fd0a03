// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <thread>

#include "core/files.h"
#include "core/safetensors.h"
#include "image/photo.h"
#include "tests/generation/reference.h"
#include "tests/support/data.h"
#include "vision/embedding_head.h"
#include "vision/openvino_encoder.h"

namespace rap {
namespace {

EncoderOptions default_options() {
  return {.model = testing::source_dir() / "models/efficientnet-lite2/efficientnet-lite2.onnx",
          .model_sha256 = "0123456789abcdef0123456789abcdef"};
}

const Encoder& encoder() {
  static const auto opened = open_openvino_encoder(default_options());
  return **opened;
}

Image plain(int width, int height, std::uint8_t value) {
  Image image{width, height, {}};
  image.rgb.assign(3U * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), value);
  return image;
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

TEST(OpenvinoEncoder, GivesOneCellForThirtyTwoPixelsAndCountsItsLooks) {
  const auto before = encoder().calls();
  struct Case {
    int width, height, columns, rows;
  };
  for (const auto& [width, height, columns, rows] :
       {Case{640, 480, 12, 12}, Case{1, 1, 12, 12}, Case{31, 2000, 6, 24}}) {
    const auto features = encoder().encode(plain(width, height, 90));
    ASSERT_TRUE(features) << features.error().message;
    const FeatureMap* map = &features->scene();
    EXPECT_EQ(map->channels, 1280);
    EXPECT_EQ(map->height, rows);
    EXPECT_EQ(map->width, columns);
    ASSERT_EQ(map->values.size(), static_cast<std::size_t>(1280 * rows * columns));
    for (const float value : map->values) ASSERT_TRUE(value >= 0.0F && value <= 6.0F);  // ReLU6
  }
  EXPECT_EQ(encoder().calls(), before + 3);
}

TEST(OpenvinoEncoder, LooksFinelyAtLargePicturesOnly) {
  const auto before = encoder().calls();
  const auto large = encoder().encode_finely(plain(1024, 768, 90));
  ASSERT_TRUE(large && *large);
  EXPECT_EQ(std::pair((*large)->scene().width, (*large)->scene().height), std::pair(37, 27));
  EXPECT_NEAR((*large)->aspect, 4.0 / 3.0, 1e-9);
  EXPECT_EQ(encoder().calls(), before + 1);

  const auto small = encoder().encode_finely(plain(600, 600, 90));
  ASSERT_TRUE(small);
  EXPECT_FALSE(*small);
  EXPECT_EQ(encoder().calls(), before + 1);
}

TEST(OpenvinoEncoder, RefusesAnEmptyPicture) {
  const auto map = encoder().encode(Image{});
  ASSERT_FALSE(map);
  EXPECT_EQ(map.error().code, ErrorCode::kInvalidArgument);
}

TEST(OpenvinoEncoder, AnswersTheSameFromManyThreads) {
  const auto expected = encoder().encode(plain(64, 64, 200));
  ASSERT_TRUE(expected);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 3; ++i) {
        const auto map = encoder().encode(plain(64, 64, 200));
        ASSERT_TRUE(map);
        EXPECT_GT(cosine(map->scene().values, expected->scene().values), 0.99999);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(OpenvinoEncoder, SaysWhatIsWrongWithAFileThatIsNoEncoder) {
  EncoderOptions options = default_options();
  options.model = "/nonexistent/encoder.onnx";
  EXPECT_EQ(open_openvino_encoder(options).error().code, ErrorCode::kNotFound);

  const testing::TemporaryDir dir;
  options.model = dir.path() / "broken.onnx";
  std::ofstream(options.model) << "this is not a model";
  EXPECT_EQ(open_openvino_encoder(options).error().code, ErrorCode::kCorrupt);
}

/// Means of the cells of a grid, row by row: [grid * grid, channels]. Cells share rows and columns where the grid does
/// not divide the map.
std::vector<float> pooled(const FeatureMap& map, int grid) {
  std::vector<float> means;
  for (int cell = 0; cell < grid * grid; ++cell) {
    const int row = cell / grid;
    const int column = cell % grid;
    const int top = row * map.height / grid;
    const int bottom = ((row + 1) * map.height + grid - 1) / grid;
    const int left = column * map.width / grid;
    const int right = ((column + 1) * map.width + grid - 1) / grid;
    for (int channel = 0; channel < map.channels; ++channel) {
      float sum = 0.0F;
      for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
          sum += map.values[static_cast<std::size_t>((channel * map.height + y) * map.width + x)];
        }
      }
      means.push_back(sum / static_cast<float>((bottom - top) * (right - left)));
    }
  }
  return means;
}

// The reference resizes photos with another library and runs the network on its own.
TEST(OpenvinoEncoder, MatchesTheReferencesFeatures) {
  constexpr int kGrid = 6;
  EncoderOptions options = default_options();
  options.input_side = 448;
  const auto encoder = open_openvino_encoder(options);
  ASSERT_TRUE(encoder) << encoder.error().message;
  const auto reference = testing::load_reference();
  ASSERT_EQ(reference.features.size(), 2U);
  for (const auto& [photo, features] : reference.features) {
    const auto file = read_file(testing::source_dir() / "examples" / "photos" / photo, Limits::kPhotoBytes);
    ASSERT_TRUE(file) << file.error().message;
    const auto image = decode_photo(*file);
    ASSERT_TRUE(image);
    const auto map = (*encoder)->encode(*image);
    ASSERT_TRUE(map);
    EXPECT_GT(cosine(pooled(map->scene(), kGrid), features), 0.99) << photo;
  }
}

EncoderOptions options_with_branch() {
  EncoderOptions options = default_options();
  const auto folder = options.model.parent_path();
  options.branch = folder / "retrieval-branch.onnx";
  options.head = *read_embedding_head(folder / "retrieval-head.safetensors", "test");
  return options;
}

TEST(OpenvinoEncoder, GivesTheMapsOfItsBranchInTheSameLook) {
  const auto with_branch = open_openvino_encoder(options_with_branch());
  ASSERT_TRUE(with_branch) << with_branch.error().message;
  EXPECT_EQ((*with_branch)->head().dimensions, 512U);
  const auto features = (*with_branch)->encode(plain(640, 480, 120));
  ASSERT_TRUE(features) << features.error().message;
  EXPECT_EQ((*with_branch)->calls(), 1U);
  ASSERT_EQ(features->maps.size(), 3U);
  const auto shape = [&](std::size_t i) {
    const FeatureMap& map = features->maps[i];
    return std::array{map.channels, map.height, map.width};
  };
  EXPECT_EQ(shape(0), (std::array{1280, 12, 12}));
  EXPECT_EQ(shape(1), (std::array{1280, 12, 12}));
  EXPECT_EQ(shape(2), (std::array{192, 24, 24}));
  // What the language model reads does not depend on the branch.
  EXPECT_EQ((*with_branch)->fingerprint(), encoder().fingerprint());
  EXPECT_GT(cosine(features->scene().values, encoder().encode(plain(640, 480, 120))->scene().values), 0.99999);
}

TEST(OpenvinoEncoder, RefusesABranchOrHeadThatDoesNotFit) {
  EncoderOptions options = options_with_branch();
  options.branch = options.model;
  EXPECT_EQ(open_openvino_encoder(options).error().code, ErrorCode::kUnsupported) << "it reads a picture";

  options = options_with_branch();
  options.branch.clear();
  EXPECT_EQ(open_openvino_encoder(options).error().code, ErrorCode::kCorrupt) << "the head reads the branch's maps";

  options = options_with_branch();
  options.head.parts.front().weight.pop_back();
  EXPECT_EQ(open_openvino_encoder(options).error().code, ErrorCode::kCorrupt);

  options = options_with_branch();
  options.head.parts.front().power = 3;
  EXPECT_EQ(open_openvino_encoder(options).error().code, ErrorCode::kCorrupt);
}

TEST(EmbeddingHead, IsReadWithAllItsPartsOrNotAtAll) {
  const testing::TemporaryDir dir;
  const auto file = dir.path() / "head.safetensors";
  const Tensor one{{1}, {1.0F}};
  Tensors tensors{{"0.maps", {{2}, {0.0F, 2.0F}}},
                  {"0.power", {{1}, {4.0F}}},
                  {"0.share", {{1}, {0.5F}}},
                  {"0.weight", {{2, 3}, {1, 2, 3, 4, 5, 6}}},
                  {"0.bias", {{2}, {7, 8}}}};
  ASSERT_TRUE(write_safetensors(file, tensors));
  const auto head = read_embedding_head(file, "print");
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->fingerprint, "print");
  EXPECT_EQ(head->dimensions, 2U);
  ASSERT_EQ(head->parts.size(), 1U);
  EXPECT_EQ(head->parts[0].maps, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(head->parts[0].power, 4);
  EXPECT_EQ(head->parts[0].bias, (std::vector<float>{7, 8}));

  tensors["0.maps"].values = {0.5F, 2.0F};
  ASSERT_TRUE(write_safetensors(file, tensors));
  EXPECT_EQ(read_embedding_head(file, "print").error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(write_safetensors(file, {{"other", one}}));
  EXPECT_EQ(read_embedding_head(file, "print").error().code, ErrorCode::kCorrupt);
}

TEST(InputSize, SquashesUpToThreeToTwoAndKeepsTheShapeOfMoreElongatedPictures) {
  const auto size_of = [](int width, int height) {
    const InputSize size = input_size({width, height, {}}, 384);
    return std::pair{size.width, size.height};
  };
  EXPECT_EQ(size_of(300, 200), std::pair(384, 384));
  EXPECT_EQ(size_of(2000, 1000), std::pair(544, 256));
  EXPECT_EQ(size_of(1000, 2000), std::pair(256, 544));
  EXPECT_EQ(size_of(9000, 10), std::pair(768, 192)) << "at most 4:1";
}

TEST(InputSize, OfAFineLookKeepsTheShapeAndHasSevenTimesThePixels) {
  const auto size_of = [](int width, int height) {
    const InputSize size = fine_input_size({width, height, {}}, 384);
    return std::pair{size.width, size.height};
  };
  EXPECT_EQ(size_of(1000, 1000), std::pair(1024, 1024));
  EXPECT_EQ(size_of(1024, 768), std::pair(1184, 864));
  EXPECT_EQ(size_of(9000, 10), std::pair(2016, 512)) << "at most 4:1";
}

}  // namespace
}  // namespace rap
