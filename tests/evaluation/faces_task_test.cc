// SPDX-License-Identifier: Apache-2.0
#include "evaluation/faces_task.h"

#include <gtest/gtest.h>

#include "tests/support/data.h"

namespace rap::evaluation {
namespace {

/// A template far from those of other people and `off` from the person's own.
FaceTemplate face_of(std::size_t person, float off) {
  FaceTemplate numbers{};
  numbers[person] = 1.0F;
  numbers[127] = off;
  return numbers;
}

/// `people` people with two photos each, `off` apart.
FaceSet set_of(std::size_t people, float off) {
  FaceSet set{.people = people, .photos = 2 * people, .faces = {}};
  for (std::size_t person = 0; person < people; ++person) {
    set.faces.push_back({person, face_of(person, 0.0F), face_of(person, off)});
    set.faces.push_back({person, face_of(person, off), std::nullopt});
  }
  return set;
}

TEST(MeasureFaces, ClearFacesAreAllToldApart) {
  const auto report = measure_faces(set_of(8, 0.1F), {.draws = 10, .people = 4});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->other_photos.asked, 16U);
  EXPECT_EQ(report->other_photos.accepted, 16U);
  EXPECT_EQ(report->copies.asked, 8U);
  EXPECT_EQ(report->copies.accepted, 8U);
  EXPECT_EQ(report->others.asked, 16U * 14U);
  EXPECT_EQ(report->others.accepted, 0U);
  EXPECT_EQ(report->people, 4U);
  EXPECT_EQ(report->right.mean, 1.0);
  EXPECT_EQ(report->wrong.mean, 0.0);
  EXPECT_EQ(report->strangers.mean, 0.0);
}

TEST(MeasureFaces, StrangersWithTheSameFaceAreCounted) {
  FaceSet set = set_of(6, 0.1F);
  for (FacePhoto& photo : set.faces) photo.face = face_of(0, 0.0F);
  const auto report = measure_faces(set, {.draws = 10, .people = 1});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->others.accepted, report->others.asked);
  EXPECT_EQ(report->strangers.mean, 1.0);
}

TEST(MeasureFaces, TheThresholdCounts) {
  const auto report = measure_faces(set_of(4, 0.1F), {.draws = 5, .people = 2, .threshold = 1.0});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->right.mean, 0.0);
  EXPECT_EQ(report->other_photos.share(), 0.0);
}

TEST(MeasureFaces, TwoPeopleAreTooFew) {
  const auto report = measure_faces(set_of(2, 0.1F), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kInvalidArgument);
}

/// Sees one face in every photo, the same in all.
class OneFace final : public FaceEncoder {
 public:
  [[nodiscard]] const std::string& fingerprint() const noexcept override { return fingerprint_; }
  [[nodiscard]] std::uint64_t calls() const noexcept override { return calls_; }
  [[nodiscard]] Result<std::vector<Face>> faces(const Image&) const override {
    ++calls_;
    return std::vector<Face>{{.box = {}, .numbers = face_of(1, 0.0F)}};
  }

 private:
  std::string fingerprint_ = "face:one";
  mutable std::uint64_t calls_ = 0;
};

TEST(AddFaces, LooksAtEachPhotoAndAChangedCopy) {
  const OneFace encoder;
  PhotoFolder folder{.name = "people", .subjects = {"a", "b"}, .photos = {}};
  folder.photos = {{testing::example_photo("collins.jpg"), 0}, {testing::example_photo("cameraman.jpg"), 1}};
  FaceSet set;
  ASSERT_TRUE(add_faces(set, folder, encoder, 1, {}));
  ASSERT_TRUE(add_faces(set, folder, encoder, 1, {}));
  EXPECT_EQ(set.people, 4U);
  EXPECT_EQ(set.photos, 4U);
  EXPECT_EQ(encoder.calls(), 8U);
  EXPECT_EQ(set.faces.back().person, 3U) << "the people of a second folder are others";
  EXPECT_EQ(add_faces(set, folder, encoder, 1, [] { return false; }).error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace rap::evaluation
