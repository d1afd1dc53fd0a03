// SPDX-License-Identifier: Apache-2.0
#include "vision/dlib_faces.h"

#include <gmock/gmock.h>

#include <cmath>
#include <thread>

#include "core/files.h"
#include "image/photo.h"
#include "tests/support/faces.h"

namespace rap {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const FaceEncoder& encoder() {
  static const auto opened = testing::open_test_faces();
  return *opened;
}

class DlibFaces : public ::testing::Test {
 protected:
  void SetUp() override { RAP_NEEDS_FACES(); }
};

Image photo(const std::filesystem::path& path) {
  const auto file = read_file(path, Limits::kPhotoBytes);
  EXPECT_TRUE(file) << path;
  const auto image = decode_photo(*file);
  EXPECT_TRUE(image) << path;
  return *image;
}

/// The largest face of a picture.
Face face_in(const Image& image) {
  const auto faces = encoder().faces(image);
  EXPECT_TRUE(faces && !faces->empty());
  return faces && !faces->empty() ? faces->front() : Face{};
}

double distance(const Face& a, const Face& b) {
  double squares = 0.0;
  for (std::size_t i = 0; i < a.numbers.size(); ++i) {
    squares += std::pow(static_cast<double>(a.numbers[i]) - static_cast<double>(b.numbers[i]), 2);
  }
  return std::sqrt(squares);
}

Image mirrored(Image image) {
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width / 2; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        std::swap(image.rgb[static_cast<std::size_t>(3 * (y * image.width + x) + channel)],
                  image.rgb[static_cast<std::size_t>(3 * (y * image.width + image.width - 1 - x) + channel)]);
      }
    }
  }
  return image;
}

Image lit(Image image, double gain) {
  for (auto& value : image.rgb) value = static_cast<std::uint8_t>(std::min(255.0, value * gain));
  return image;
}

/// The picture in the corner of a grey one `times` as large.
Image in_a_corner(const Image& image, int times) {
  Image large{image.width * times, image.height * times, {}};
  large.rgb.assign(3U * static_cast<std::size_t>(large.width) * static_cast<std::size_t>(large.height), 128);
  for (int y = 0; y < image.height; ++y) {
    std::copy_n(image.rgb.begin() + 3L * y * image.width, 3L * image.width, large.rgb.begin() + 3L * y * large.width);
  }
  return large;
}

TEST_F(DlibFaces, FindsAFaceWhereItIs) {
  const Face face = face_in(photo(testing::example_photo("collins.jpg")));
  // The astronaut's face lies about x 180 to 265, y 70 to 165 of 512 pixels.
  EXPECT_NEAR(face.box.x + face.box.width / 2.0F, 222.0F / 512.0F, 0.03);
  EXPECT_NEAR(face.box.y + face.box.height / 2.0F, 120.0F / 512.0F, 0.04);
  EXPECT_GT(face.box.width, 0.12F);
  EXPECT_LT(face.box.width, 0.35F);
}

TEST_F(DlibFaces, ChangedCopiesOfAFaceStayNearAndOthersFar) {
  const Image collins = photo(testing::example_photo("collins.jpg"));
  const Face face = face_in(collins);
  EXPECT_LT(distance(face, face_in(mirrored(collins))), 0.15) << "the mean of both sides";
  EXPECT_LT(distance(face, face_in(lit(collins, 0.6))), 0.3);
  EXPECT_LT(distance(face, face_in(lit(collins, 1.4))), 0.3);
  EXPECT_LT(distance(face, face_in(in_a_corner(collins, 2))), 0.3) << "a small face in a larger picture";
  EXPECT_LT(distance(face, face_in(crop(collins, {0.15F, 0.0F, 0.6F, 0.6F}))), 0.3);
  EXPECT_LT(distance(face, face_in(photo(testing::example_photo("composed-collins.jpg")))), 0.3);
}

TEST_F(DlibFaces, OtherPhotosOfAPersonAreNearerThanOtherPeople) {
  RAP_NEEDS_TEST_FACES();
  const auto folder = testing::test_faces_dir();
  std::vector<Face> obama;
  for (const char* name : {"obama.jpg", "obama2.jpg", "obama3.jpg"}) {
    obama.push_back(face_in(photo(folder / "obama" / name)));
  }
  const Face biden = face_in(photo(folder / "biden" / "biden.jpg"));
  const Face collins = face_in(photo(testing::example_photo("collins.jpg")));
  for (const Face& one : obama) {
    for (const Face& other : obama) EXPECT_LT(distance(one, other), 0.45);
    EXPECT_GT(distance(one, biden), 0.6);
    EXPECT_GT(distance(one, collins), 0.6);
  }
}

TEST_F(DlibFaces, SeesNoneWhereThereIsNone) {
  for (const char* name : {"coffee.jpg", "background-bricks.jpg", "flower.jpg"}) {
    const auto faces = encoder().faces(photo(testing::example_photo(name)));
    ASSERT_TRUE(faces) << faces.error().message;
    EXPECT_THAT(*faces, IsEmpty()) << name;
  }
}

TEST_F(DlibFaces, AnyShapeOfPictureIsFine) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 700}, {3000, 2}, {7, 5}, {1600, 1200}}) {
    Image plain{width, height, {}};
    plain.rgb.assign(3U * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 200);
    const auto faces = encoder().faces(plain);
    ASSERT_TRUE(faces) << width << " x " << height << ": " << faces.error().message;
    EXPECT_THAT(*faces, IsEmpty());
  }
  EXPECT_EQ(encoder().faces(Image{}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(DlibFaces, ThreadsGetWhatOneGets) {
  const Image collins = photo(testing::example_photo("collins.jpg"));
  const Face alone = face_in(collins);
  const auto before = encoder().calls();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] { EXPECT_LT(distance(face_in(collins), alone), 1e-4); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(encoder().calls(), before + 3);
}

TEST(DlibFacesFiles, MissingAndDamagedWeightsAreErrors) {
  const Image plain{8, 8, std::vector<std::uint8_t>(192, 9)};
  const testing::TemporaryDir folder;
  DlibFacesOptions options{folder.path() / "landmarks", folder.path() / "embedder", "0123456789abcdef0123"};
  const auto missing = make_dlib_faces(options)->faces(plain);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  for (const auto& file : {options.landmarks, options.embedder}) {
    ASSERT_TRUE(write_file(file, as_bytes("these are no weights")));
  }
  const auto damaged = make_dlib_faces(options)->faces(plain);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(make_dlib_faces(options)->fingerprint().rfind(kFaceFingerprint, 0), 0U);
}

}  // namespace
}  // namespace rap
