// SPDX-License-Identifier: Apache-2.0
#include "vision/onnx_detector.h"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "tests/vision/graphs.h"

namespace rap {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::graph;
using ::testing::HasSubstr;

std::unique_ptr<Detector> detector(const char* model, const char* classes = nullptr) {
  auto opened = open_onnx_detector(
      {.model = graph(model), .classes = classes == nullptr ? std::filesystem::path() : graph(classes)});
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

std::vector<DetectedBox> detect(const Detector& from, const Image& photo,
                                const std::vector<std::string>& classes = {}) {
  auto found = from.detect(photo, classes);
  EXPECT_TRUE(found) << found.error().message;
  return found ? std::move(*found) : std::vector<DetectedBox>();
}

std::vector<std::string> names(const std::vector<DetectedBox>& boxes) {
  std::vector<std::string> result;
  for (const DetectedBox& box : boxes) result.push_back(box.name);
  return result;
}

/// A blue photo with one red thing in it.
Image with_red(int width, int height, const Box& thing) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float column = (static_cast<float>(x) + 0.5F) / static_cast<float>(width);
      const float row = (static_cast<float>(y) + 0.5F) / static_cast<float>(height);
      const bool is_red =
          column > thing.x && column < thing.x + thing.width && row > thing.y && row < thing.y + thing.height;
      image.rgb.insert(image.rgb.end(), {static_cast<std::uint8_t>(is_red ? 240 : 20), 30,
                                         static_cast<std::uint8_t>(is_red ? 20 : 240)});
    }
  }
  return image;
}

// A graph that finds red by the numbers it gets: it sees channels in the order red, green, blue, between 0 and 1, and
// its input is no square.
TEST(OnnxDetector, FindsThingsWhereTheyAreWhateverTheShapeOfThePhoto) {
  const auto finder = detector("finder.onnx");
  struct Case {
    int width, height;
    Box thing;
  };
  for (const auto& [width, height, thing] :
       {Case{800, 480, {0.25F, 0.5F, 0.25F, 0.25F}}, Case{1000, 200, {0.8F, 0.2F, 0.2F, 0.6F}},
        Case{300, 900, {0.0F, 0.75F, 0.5F, 0.25F}}, Case{40, 40, {0.5F, 0.0F, 0.5F, 0.5F}}}) {
    const auto found = detect(*finder, with_red(width, height, thing));
    ASSERT_EQ(found.size(), 1U) << width;
    // A pixel of the input is a 60th of the shorter side or less; edges are blurred by scaling.
    constexpr float kPixels = 0.04F;
    EXPECT_NEAR(found[0].box.x, thing.x, kPixels) << width;
    EXPECT_NEAR(found[0].box.y, thing.y, kPixels) << width;
    EXPECT_NEAR(found[0].box.width, thing.width, kPixels) << width;
    EXPECT_NEAR(found[0].box.height, thing.height, kPixels) << width;
    EXPECT_EQ(found[0].name, "") << "nobody said what its classes are called";
  }
  EXPECT_THAT(detect(*finder, with_red(300, 300, {})).size(), 1U);
  EXPECT_EQ(finder->detect(Image{}, {}).error().code, ErrorCode::kInvalidArgument);
}

// The whole of YOLO-World's architecture, run and read by other code (make_onnx.py).
TEST(OnnxDetector, AgreesWithTheReferenceOnYoloWorld) {
  const auto reference = testing::graph_reference()["yolo"];
  ASSERT_GE(reference.size(), 5U);
  const auto check = [&](const std::vector<DetectedBox>& found) {
    ASSERT_EQ(found.size(), reference.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto& [box, score, name] = found[i];
      EXPECT_EQ(name, reference[i]["name"]) << i;
      EXPECT_NEAR(score, reference[i]["score"].get<float>(), 1e-4F) << i;
      const auto corners = reference[i]["corners"].get<std::array<float, 4>>();
      EXPECT_NEAR(box.x, corners[0], 1e-3F) << i;
      EXPECT_NEAR(box.y, corners[1], 1e-3F) << i;
      EXPECT_NEAR(box.x + box.width, corners[2], 1e-3F) << i;
      EXPECT_NEAR(box.y + box.height, corners[3], 1e-3F) << i;
    }
  };
  const Image photo = testing::reference_picture(64);
  const auto baked = detector("tiny-yolo-world.onnx", "tiny-yolo-world.txt");
  const auto open = detector("tiny-yolo-world-open.onnx", "tiny-yolo-world-open.safetensors");
  {
    SCOPED_TRACE("classes in the graph");
    check(detect(*baked, photo));
  }
  {
    SCOPED_TRACE("classes as its input");
    check(detect(*open, photo));
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { check(detect(*baked, photo)); });
  for (auto& thread : threads) thread.join();
}

TEST(OnnxDetector, LooksForTheClassesAskedForIfItKnowsThemAll) {
  const Image photo = testing::reference_picture(64);
  for (const auto& [model, classes] : {std::pair{"tiny-yolo-world.onnx", "tiny-yolo-world.txt"},
                                       std::pair{"tiny-yolo-world-open.onnx", "tiny-yolo-world-open.safetensors"}}) {
    const auto yolo = detector(model, classes);
    const auto all = detect(*yolo, photo);
    const auto dogs = detect(*yolo, photo, {"Dog"});
    EXPECT_FALSE(dogs.empty());
    EXPECT_THAT(names(dogs), Each("dog")) << model;
    const auto two = names(detect(*yolo, photo, {"mug", "cat"}));
    EXPECT_THAT(two, Each(::testing::AnyOf("mug", "cat"))) << model;
    EXPECT_THAT(two, ::testing::Contains("mug")) << model;
    EXPECT_EQ(names(detect(*yolo, photo, {"dog", "teapot"})), names(all)) << "a teapot may be any of them";
    EXPECT_EQ(names(detect(*yolo, photo, {""})), names(all)) << "a concept without a category";
  }
}

class WrongDetector : public ::testing::Test {
 protected:
  Error error(const std::filesystem::path& model, const std::filesystem::path& classes = {}) {
    const auto opened = open_onnx_detector({.model = model, .classes = classes});
    return opened ? Error{} : opened.error();
  }
  std::filesystem::path file(const char* name, const std::string& content) {
    std::ofstream(folder_.path() / name, std::ios::binary) << content;
    return folder_.path() / name;
  }

  testing::TemporaryDir folder_;
};

TEST_F(WrongDetector, GetsASentenceThatSaysWhatToDo) {
  EXPECT_EQ(error("/nowhere.onnx").code, ErrorCode::kNotFound);
  EXPECT_EQ(error(file("broken.onnx", "this is not a model")).code, ErrorCode::kCorrupt);
  EXPECT_EQ(error(graph("finder.onnx"), "/nowhere.txt").code, ErrorCode::kNotFound);

  const Error encoder = error(graph("tiny-clip.onnx"));
  EXPECT_EQ(encoder.code, ErrorCode::kUnsupported);
  EXPECT_EQ(encoder.field, "detector");

  const Error too_few = error(graph("tiny-yolo-world.onnx"), file("two.txt", "cat\ndog\n"));
  EXPECT_EQ(too_few.code, ErrorCode::kUnsupported);
  EXPECT_THAT(too_few.message, HasSubstr("[1, 7, 84]"));
  EXPECT_THAT(too_few.message, HasSubstr("2 classes"));
  EXPECT_THAT(error(graph("finder.onnx"), file("none.txt", "\n\n")).message, HasSubstr("names no class"));

  EXPECT_THAT(error(graph("tiny-yolo-world-open.onnx")).message, HasSubstr("--detector-classes"));
  EXPECT_THAT(error(graph("tiny-yolo-world.onnx"), graph("tiny-yolo-world-open.safetensors")).message,
              HasSubstr("does not read any"));
  EXPECT_EQ(error(graph("tiny-yolo-world-open.onnx"), file("bad.safetensors", "12345678{}")).code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace rap
