// SPDX-License-Identifier: Apache-2.0
// People by face, from the switch to the match: real encoders, real memory, real faces.
#include <gmock/gmock.h>

#include <functional>

#include "core/files.h"
#include "image/photo.h"
#include "tests/assistant/open_parts.h"
#include "tests/support/faces.h"

namespace rap {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const Owner kOwner;

Bytes photo(const std::filesystem::path& path) {
  auto file = read_file(path, Limits::kPhotoBytes);
  EXPECT_TRUE(file) << path;
  return file ? *file : Bytes();
}
Bytes photo(const char* name) { return photo(testing::example_photo(name)); }

class FacesOfAssistant : public ::testing::Test {
 protected:
  void SetUp() override {
    RAP_NEEDS_FACES();
    open(testing::open_test_faces());
  }

  /// Opens the memory of this test (again), as a new process would.
  void open(std::unique_ptr<FaceEncoder> faces) {
    assistant_.reset();
    AssistantParts parts;
    ASSERT_NO_FATAL_FAILURE(testing::open_parts(dir_.path() / "memory.db", parts));
    parts.faces = std::move(faces);
    faces_ = parts.faces.get();
    assistant_ = make_assistant(std::move(parts));
  }

  Concept remember(const char* name, const Bytes& file, const char* category, std::optional<Box> box = {}) {
    const NewView view{.photo = file, .box = box};
    auto known = assistant_->remember(kOwner, {.name = name, .category = category}, std::span(&view, 1));
    EXPECT_TRUE(known) << known.error().message;
    return known ? *known : Concept();
  }

  Recognition recognize(const Bytes& file) {
    auto found = assistant_->recognize(kOwner, file, {});
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : Recognition();
  }

  std::size_t with_template() {
    const auto status = assistant_->face_status(kOwner);
    EXPECT_TRUE(status) << status.error().message;
    return status ? status->with_template : 0;
  }

  /// Templates in the memory's file.
  std::size_t stored_templates() {
    return assistant_->memory().derived_all(kOwner, testing::open_test_faces()->fingerprint())->size();
  }

  void switch_on() { ASSERT_TRUE(assistant_->use_faces(kOwner, true)); }

  testing::TemporaryDir dir_;
  std::unique_ptr<Assistant> assistant_;
  const FaceEncoder* faces_ = nullptr;
};

TEST_F(FacesOfAssistant, AreOffUntilTheyAreSwitchedOn) {
  remember("Eileen", photo("collins.jpg"), "woman");
  EXPECT_FALSE(recognize(photo("collins.jpg")).matches.at(0).evidence.face);
  EXPECT_EQ(faces_->calls(), 0U);
  EXPECT_EQ(stored_templates(), 0U);
  const auto status = assistant_->face_status(kOwner);
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->on);
  EXPECT_EQ(status->people, 1U);
}

TEST_F(FacesOfAssistant, APersonIsMatchedByFaceWhereTheirFaceIs) {
  remember("Eileen", photo("collins.jpg"), "woman");
  switch_on();
  EXPECT_EQ(with_template(), 1U);
  const Recognition found = recognize(photo("composed-chelsea-and-collins.jpg"));
  const auto eileen = std::find_if(found.matches.begin(), found.matches.end(),
                                   [](const Match& match) { return match.name == "Eileen"; });
  ASSERT_NE(eileen, found.matches.end());
  EXPECT_GT(eileen->evidence.face.value_or(0.0F), 0.6F);
  EXPECT_GT(eileen->probability, 0.9);
  EXPECT_LT(eileen->region.value().width, 0.5F) << "the box of the face";
}

TEST_F(FacesOfAssistant, OnePassAPhotoAndNoneForStoredViews) {
  remember("Eileen", photo("collins.jpg"), "woman");
  switch_on();
  EXPECT_EQ(faces_->calls(), 1U);
  recognize(photo("composed-collins.jpg"));
  EXPECT_EQ(faces_->calls(), 2U);
  open(testing::open_test_faces());  // a new process finds the template kept
  recognize(photo("composed-collins.jpg"));
  EXPECT_EQ(faces_->calls(), 1U);
}

TEST_F(FacesOfAssistant, WithoutPeopleThereIsNoPass) {
  remember("Eileen", photo("collins.jpg"), "space suit");
  switch_on();
  EXPECT_FALSE(recognize(photo("collins.jpg")).matches.at(0).evidence.face);
  EXPECT_EQ(faces_->calls(), 0U) << "not a person, as its category says";
}

TEST_F(FacesOfAssistant, AStrangerIsNobodyHoweverAlikeThePhoto) {
  RAP_NEEDS_TEST_FACES();
  const auto folder = testing::test_faces_dir();
  remember("Barack", photo(folder / "obama" / "obama.jpg"), "man");
  switch_on();
  EXPECT_THAT(recognize(photo(folder / "biden" / "biden.jpg")).matches, IsEmpty());
  for (const char* other : {"obama2.jpg", "obama3.jpg"}) {
    const Recognition found = recognize(photo(folder / "obama" / other));
    ASSERT_THAT(found.matches, SizeIs(1)) << other;
    EXPECT_TRUE(found.matches[0].evidence.face);
  }
}

TEST_F(FacesOfAssistant, FeedbackIsInForceForTheVeryNextQuestion) {
  RAP_NEEDS_TEST_FACES();
  const auto folder = testing::test_faces_dir();
  const Bytes his = photo(folder / "obama" / "obama2.jpg");
  const Bytes another = photo(folder / "biden" / "biden.jpg");
  const Concept barack = remember("Barack", photo(folder / "obama" / "obama.jpg"), "man");
  switch_on();
  EXPECT_THAT(recognize(his).matches, SizeIs(1));
  ASSERT_TRUE(assistant_->feedback(kOwner, {.photo = his, .is_not = {barack.id}}));
  EXPECT_THAT(recognize(his).matches, IsEmpty());
  ASSERT_TRUE(assistant_->feedback(kOwner, {.photo = another, .is = {barack.id}}));
  const Recognition found = recognize(another);
  ASSERT_THAT(found.matches, SizeIs(1));
  EXPECT_TRUE(found.matches[0].evidence.face);
}

TEST_F(FacesOfAssistant, TheFaceInTheBoxOfAViewIsMeant) {
  remember("Chelsea", photo("composed-chelsea-and-collins.jpg"), "girl", Box{0.0F, 0.0F, 0.3F, 1.0F});
  switch_on();
  EXPECT_EQ(with_template(), 0U) << "the face in the photo is not in the box";
}

TEST_F(FacesOfAssistant, TemplatesGoWithConsentWithThePersonAndWithTheSwitch) {
  const Concept eileen = remember("Eileen", photo("collins.jpg"), "woman");
  switch_on();
  EXPECT_EQ(stored_templates(), 1U);

  ConceptPatch patch;
  patch.consent = Consent::kRefused;
  ASSERT_TRUE(assistant_->edit(kOwner, eileen.id, patch));
  EXPECT_EQ(stored_templates(), 0U);
  EXPECT_THAT(recognize(photo("collins.jpg")).matches, IsEmpty());
  EXPECT_EQ(with_template(), 0U);
  EXPECT_EQ(stored_templates(), 0U) << "and are not made again";

  ASSERT_TRUE(assistant_->memory().undo(kOwner));
  EXPECT_EQ(with_template(), 1U);
  ASSERT_TRUE(assistant_->memory().forget(kOwner, eileen.id));
  EXPECT_EQ(stored_templates(), 0U);

  ASSERT_TRUE(assistant_->memory().undo(kOwner));
  EXPECT_EQ(with_template(), 1U);
  const auto off = assistant_->use_faces(kOwner, false);
  ASSERT_TRUE(off);
  EXPECT_FALSE(off->on);
  EXPECT_EQ(stored_templates(), 0U);
  EXPECT_FALSE(recognize(photo("collins.jpg")).matches.at(0).evidence.face);

  switch_on();
  ASSERT_TRUE(assistant_->memory().erase(kOwner));
  EXPECT_EQ(stored_templates(), 0U);
  EXPECT_FALSE(assistant_->face_status(kOwner)->on) << "the setting goes too";
}

/// Switches faces off, as another process would, while the first template is being made.
class SwitchedOffMeanwhile final : public FaceEncoder {
 public:
  explicit SwitchedOffMeanwhile(std::function<void()> meanwhile)
      : meanwhile_(std::move(meanwhile)), encoder_(testing::open_test_faces()) {}
  [[nodiscard]] const std::string& fingerprint() const noexcept override { return encoder_->fingerprint(); }
  [[nodiscard]] std::uint64_t calls() const noexcept override { return encoder_->calls(); }
  [[nodiscard]] Result<std::vector<Face>> faces(const Image& image) const override {
    auto found = encoder_->faces(image);
    meanwhile_();
    return found;
  }

 private:
  std::function<void()> meanwhile_;
  std::unique_ptr<FaceEncoder> encoder_;
};

TEST_F(FacesOfAssistant, NoTemplateOutlivesASwitchOffThatCameInBetween) {
  remember("Eileen", photo("collins.jpg"), "woman");
  auto other = open_sqlite_memory(dir_.path() / "memory.db");
  ASSERT_TRUE(other);
  open(std::make_unique<SwitchedOffMeanwhile>([&] {
    ASSERT_TRUE((*other)->set_setting(kOwner, "faces", "off"));
    ASSERT_TRUE((*other)->drop_derived(kOwner, kFaceFingerprint));
  }));
  switch_on();
  EXPECT_EQ(stored_templates(), 0U);
  EXPECT_FALSE(assistant_->face_status(kOwner)->on);
}

TEST_F(FacesOfAssistant, WithoutWeightsTheyCannotBeSwitchedOnButOff) {
  remember("Eileen", photo("collins.jpg"), "woman");
  switch_on();
  EXPECT_TRUE(assistant_->face_status(kOwner)->available);
  open(nullptr);
  const auto status = assistant_->face_status(kOwner);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_FALSE(status->available);
  EXPECT_TRUE(status->on) << "as it was left";
  EXPECT_EQ(assistant_->use_faces(kOwner, true).error().code, ErrorCode::kNotFound);
  const auto found = assistant_->recognize(kOwner, photo("collins.jpg"), {});
  ASSERT_FALSE(found) << "rather an error than silently another way of matching";
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(assistant_->use_faces(kOwner, false));
  EXPECT_EQ(stored_templates(), 0U);
  EXPECT_THAT(recognize(photo("collins.jpg")).matches, SizeIs(1));
}

}  // namespace
}  // namespace rap
