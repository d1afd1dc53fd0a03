// SPDX-License-Identifier: Apache-2.0
// "That is not Bo, it is Max": what feedback does to later questions, with the real encoder and memory.
#include <gmock/gmock.h>

#include <algorithm>

#include "core/files.h"
#include "image/photo.h"
#include "tests/assistant/open_parts.h"
#include "tests/support/data.h"

namespace rap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Bytes read(const std::filesystem::path& path) {
  auto file = read_file(path, Limits::kPhotoBytes);
  EXPECT_TRUE(file) << path;
  return file ? *file : Bytes();
}

Bytes example(const char* name) { return read(testing::example_photo(name)); }

/// The photos of a subject of the development photos, by name.
std::vector<Bytes> photos_of(const std::string& subject) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(testing::data_dir() / "dreambooth" / subject)) {
    if (entry.path().extension() == ".jpg") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Bytes> photos;
  for (const auto& file : files) photos.push_back(read(file));
  return photos;
}

Bytes jpeg(const Image& image, int quality = 90) { return *encode_jpeg(image, quality); }

/// The same photo sent around: smaller and compressed again, cropped, brightened.
std::vector<Bytes> copies_of(const Bytes& photo) {
  const Image image = *decode_photo(photo);
  Image bright = image;
  for (auto& value : bright.rgb) value = static_cast<std::uint8_t>(std::min(255, value * 5 / 4 + 10));
  return {jpeg(resize(image, image.width * 2 / 3, image.height * 2 / 3), 60),
          jpeg(crop(image, {0.07F, 0.05F, 0.85F, 0.9F})), jpeg(bright)};
}

class FeedbackTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }

  /// Opens the memory of this test (again), as a new process would.
  void open() {
    assistant_.reset();
    AssistantParts parts;
    ASSERT_NO_FATAL_FAILURE(testing::open_parts(dir_.path() / "memory.db", parts));
    encoder_ = parts.encoder.get();
    assistant_ = make_assistant(std::move(parts));
  }

  Concept remember(const Owner& owner, const char* name, const Bytes& photo) {
    const NewView view{.photo = photo, .box = {}};
    auto known = assistant_->remember(owner, {.name = name}, std::span(&view, 1));
    EXPECT_TRUE(known) << known.error().message;
    return known ? *known : Concept();
  }

  std::vector<Taught> say(const Owner& owner, const Feedback& feedback) {
    auto taught = assistant_->feedback(owner, feedback);
    EXPECT_TRUE(taught) << taught.error().message;
    return taught ? *taught : std::vector<Taught>();
  }

  std::string error_of(const Feedback& feedback) {
    const auto taught = assistant_->feedback(owner_, feedback);
    return taught ? "no error" : std::string(to_string(taught.error().code)) + " " + taught.error().field;
  }

  std::vector<std::string> names_in(const Bytes& photo) {
    const auto found = assistant_->recognize(owner_, photo, {});
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> names;
    for (const Match& match : found->matches) names.push_back(match.name);
    return names;
  }

  /// Of the only concept of an owner; 0 where it is not worth telling.
  double probability(const Owner& owner, const Bytes& photo) {
    const auto found = assistant_->recognize(owner, photo, {});
    EXPECT_TRUE(found) << found.error().message;
    for (const auto* list : {&found->matches, &found->near}) {
      if (!list->empty()) return list->front().probability;
    }
    return 0.0;
  }

  std::vector<double> probabilities(const Owner& owner, std::span<const Bytes> photos) {
    std::vector<double> list;
    for (const Bytes& photo : photos) list.push_back(probability(owner, photo));
    return list;
  }

  Concept now(const Owner& owner, const std::string& id) { return **assistant_->memory().get(owner, id); }

  const Owner owner_;
  testing::TemporaryDir dir_;
  std::unique_ptr<Assistant> assistant_;
  const Encoder* encoder_ = nullptr;
};

TEST_F(FeedbackTest, NotBoIsInForceForTheVeryNextQuestionInEveryProcess) {
  const Concept bo = remember(owner_, "Bo", example("cookie-box.jpg"));
  const Bytes photo = example("cookie-box-in-bag.jpg");
  ASSERT_THAT(names_in(photo), ElementsAre("Bo"));
  const auto calls = encoder_->calls();
  const auto taught = say(owner_, {.photo = photo, .is_not = {bo.id}});
  EXPECT_EQ(encoder_->calls(), calls + 1) << "one look";
  ASSERT_EQ(taught.size(), 1U);
  EXPECT_TRUE(taught[0].is_new);
  EXPECT_EQ(taught[0].subject, now(owner_, bo.id));
  EXPECT_EQ(taught[0].view, taught[0].subject.views.back());
  EXPECT_FALSE(taught[0].view.shows);
  EXPECT_EQ(taught[0].view.provenance, Provenance::kLearnt);

  EXPECT_THAT(names_in(photo), IsEmpty());
  EXPECT_THAT(names_in(example("cookie-box.jpg")), ElementsAre("Bo"));
  EXPECT_EQ(encoder_->calls(), calls + 3) << "none at stored views";
  open();
  EXPECT_THAT(names_in(photo), IsEmpty());
  EXPECT_EQ(encoder_->calls(), 1U);
}

TEST_F(FeedbackTest, InALargePhotoItIsInForceForFineAndQuickQuestions) {
  for (const int height : {180, 600}) {
    SCOPED_TRACE("a cat of " + std::to_string(height) + " pixels");
    const Owner owner("who saw one of " + std::to_string(height));
    const Concept bo = remember(owner, "Bo", example("chelsea.jpg"));
    Image large = resize(*decode_photo(example("background-pavilion.jpg")), 1600, 1066);
    paste(resize(*decode_photo(example("chelsea.jpg")), height * 3 / 2, height), 600, 400, large);
    const Bytes photo = *encode_jpeg(large, 92);
    const auto is_named = [&](bool quick) {
      const auto found = assistant_->recognize(owner, photo, {.quick = quick});
      EXPECT_TRUE(found) << found.error().message;
      return !found->matches.empty();
    };
    EXPECT_TRUE(is_named(false));
    EXPECT_EQ(is_named(true), height == 600) << "small things are found by a fine look only";

    const auto calls = encoder_->calls();
    say(owner, {.photo = photo, .is_not = {bo.id}});
    EXPECT_EQ(encoder_->calls(), calls + 2) << "one look, and a fine one";
    EXPECT_FALSE(is_named(false));
    EXPECT_FALSE(is_named(true));
    EXPECT_EQ(encoder_->calls(), calls + 5) << "two and one for the questions";
  }
}

TEST_F(FeedbackTest, WithoutABoxTheRegionIsMeantWhereTheConceptWasFound) {
  const Concept bo = remember(owner_, "Bo", example("cookie-box.jpg"));
  const Concept max = remember(owner_, "Max", example("flower.jpg"));
  const Bytes photo = example("composed-coffee-and-cookie-box.jpg");
  const auto found = assistant_->recognize(owner_, photo, {.threshold = 0.05});
  ASSERT_TRUE(found);
  ASSERT_FALSE(found->matches.empty());
  const auto region = found->matches[0].region;
  const auto taught = say(owner_, {.photo = photo, .is = {max.id}, .is_not = {bo.id}});
  ASSERT_EQ(taught.size(), 2U);
  EXPECT_EQ(taught[0].view.box, region);
  EXPECT_EQ(taught[1].view.box, region) << "that is not Bo, it is Max";

  const Box box{0.1F, 0.2F, 0.3F, 0.4F};
  EXPECT_EQ(say(owner_, {.photo = photo, .is_not = {bo.id}, .box = box})[0].view.box, box);
  EXPECT_EQ(say(owner_, {.photo = example("rocket.jpg"), .is = {max.id}})[0].view.box, std::nullopt);
}

TEST_F(FeedbackTest, SaidAgainWithoutABoxNothingChanges) {
  const Concept bo = remember(owner_, "Bo", example("cookie-box.jpg"));
  const Concept max = remember(owner_, "Max", example("coffee.jpg"));
  const Bytes photo = example("cookie-box-in-bag.jpg");
  const Feedback feedback{.photo = photo, .is = {max.id}, .is_not = {bo.id}};
  say(owner_, feedback);
  const auto revision = *assistant_->memory().revision(owner_);
  for (const Taught& one : say(owner_, feedback)) EXPECT_FALSE(one.is_new) << one.subject.name;
  EXPECT_EQ(*assistant_->memory().revision(owner_), revision);
}

TEST_F(FeedbackTest, WithoutABoxThePlaceInDoubtIsMeant) {
  const Concept bo = remember(owner_, "Bo", example("cookie-box.jpg"));
  remember(owner_, "Max", example("cookie-box.jpg"));
  const Bytes photo = example("composed-coffee-and-cookie-box.jpg");
  const auto found = assistant_->recognize(owner_, photo, {});
  ASSERT_TRUE(found);
  ASSERT_THAT(found->doubts, SizeIs(1)) << "both have the same photo";
  const auto taught = say(owner_, {.photo = photo, .is_not = {bo.id}});
  ASSERT_THAT(taught, SizeIs(1));
  EXPECT_EQ(taught[0].view.box, found->doubts[0].region);
  EXPECT_THAT(names_in(photo), ElementsAre("Max"));
}

TEST_F(FeedbackTest, ItIsMaxIsInForceAtOnceAndBothHalvesAreStoredOrNone) {
  const Concept bo = remember(owner_, "Bo", example("cookie-box.jpg"));
  const Concept max = remember(owner_, "Max", example("chelsea.jpg"));
  const Bytes photo = example("cookie-box-in-bag.jpg");
  const auto calls = encoder_->calls();
  const auto taught = say(owner_, {.photo = photo, .is = {max.id}, .is_not = {bo.id}});
  ASSERT_EQ(taught.size(), 2U);
  EXPECT_EQ(taught[0].subject.id, bo.id);
  EXPECT_EQ(taught[1].subject.id, max.id);
  EXPECT_TRUE(taught[1].view.shows);
  EXPECT_EQ(encoder_->calls(), calls + 1);
  EXPECT_THAT(names_in(photo), ElementsAre("Max"));
  open();
  EXPECT_THAT(names_in(photo), ElementsAre("Max"));
  EXPECT_EQ(encoder_->calls(), 1U) << "nothing was looked at again";

  ConceptPatch refuses;
  refuses.consent = Consent::kRefused;
  ASSERT_TRUE(assistant_->edit(owner_, max.id, refuses));
  const auto revision = *assistant_->memory().revision(owner_);
  const Bytes other = example("composed-coffee-and-cookie-box.jpg");
  EXPECT_EQ(error_of({.photo = other, .is = {max.id}, .is_not = {bo.id}}), "conflict consent");
  EXPECT_EQ(*assistant_->memory().revision(owner_), revision);
}

TEST_F(FeedbackTest, UndoAndRemovalBringTheEarlierAnswersBack) {
  const Concept bo = remember(owner_, "Bo", example("cookie-box.jpg"));
  const Bytes photo = example("cookie-box-in-bag.jpg");
  const double before = probability(owner_, photo);
  say(owner_, {.photo = photo, .is_not = {bo.id}});
  EXPECT_EQ(probability(owner_, photo), 0.0);
  ASSERT_TRUE(assistant_->memory().undo(owner_));
  EXPECT_EQ(probability(owner_, photo), before);

  ConceptPatch removal;
  removal.remove_views = {say(owner_, {.photo = photo, .is_not = {bo.id}})[0].view.id};
  EXPECT_EQ(probability(owner_, photo), 0.0);
  ASSERT_TRUE(assistant_->edit(owner_, bo.id, removal));
  EXPECT_EQ(probability(owner_, photo), before);
}

TEST_F(FeedbackTest, TheLastWordCountsAndSayingItTwiceChangesNothing) {
  const Concept bo = remember(owner_, "Bo", example("cookie-box.jpg"));
  const Bytes photo = example("cookie-box-in-bag.jpg");
  const std::string no = say(owner_, {.photo = photo, .is_not = {bo.id}, .box = Box()})[0].view.id;
  const auto revision = *assistant_->memory().revision(owner_);
  const auto again = say(owner_, {.photo = photo, .is_not = {bo.id}, .box = Box()});
  EXPECT_FALSE(again[0].is_new);
  EXPECT_EQ(again[0].view.id, no);
  EXPECT_EQ(*assistant_->memory().revision(owner_), revision);

  EXPECT_FALSE(say(owner_, {.photo = photo, .is_not = {bo.id}})[0].is_new) << "it is not found any more";

  say(owner_, {.photo = photo, .is = {bo.id}});
  EXPECT_THAT(names_in(photo), ElementsAre("Bo"));
  EXPECT_FALSE(say(owner_, {.photo = photo, .is = {bo.id}})[0].is_new);
  const auto views = now(owner_, bo.id).views;
  EXPECT_EQ(views.size(), 2U);
  EXPECT_TRUE(std::ranges::all_of(views, &View::shows)) << "the opposite gave way";
  say(owner_, {.photo = photo, .is_not = {bo.id}});
  EXPECT_THAT(names_in(photo), IsEmpty());
  EXPECT_EQ(now(owner_, bo.id).views.size(), 2U);
}

TEST_F(FeedbackTest, IsChecked) {
  const Bytes own = example("cookie-box.jpg");
  const Concept bo = remember(owner_, "Bo", own);
  const Bytes photo = example("cookie-box-in-bag.jpg");
  EXPECT_EQ(error_of({.photo = photo}), "invalid_argument is");
  EXPECT_EQ(error_of({.photo = photo, .is = {bo.id}, .is_not = {bo.id}}), "invalid_argument is");
  EXPECT_EQ(error_of({.photo = photo, .is = {bo.id}, .box = Box{0.5F, 0.5F, 1.0F, 1.0F}}), "invalid_argument box");
  EXPECT_EQ(error_of({.photo = photo, .is = {"nobody"}}), "not_found id");
  EXPECT_EQ(error_of({.photo = own, .is_not = {bo.id}}), "conflict views") << "a confirmed view says the opposite";
  EXPECT_EQ(error_of({.photo = std::as_bytes(std::span("no photo", 8)), .is = {bo.id}}), "unsupported photo");
  EXPECT_EQ(now(owner_, bo.id), bo);
}

TEST_F(FeedbackTest, AnotherEncoderLearnsFromStoredPhotosAgain) {
  const Bytes own = example("cookie-box.jpg");
  const Concept bo = remember(owner_, "Bo", own);
  const Bytes photo = example("cookie-box-in-bag.jpg");
  const std::string sha256 = say(owner_, {.photo = photo, .is_not = {bo.id}})[0].view.photo;
  // A memory that came by a bundle has no embeddings either.
  auto concepts = assistant_->memory().list(owner_, {});
  ASSERT_TRUE(concepts);
  const Owner other{"other"};
  const auto source = [&](std::string_view wanted) -> Result<Bytes> { return wanted == sha256 ? photo : own; };
  ASSERT_TRUE(assistant_->memory().restore(other, *concepts, source, Merge::kFail));
  EXPECT_EQ(probability(other, photo), 0.0);
}

/// Subjects of the development photos that look alike.
const std::vector<std::string> kDogs{"dog", "dog2", "dog3", "dog5", "dog7"};

class LookAlikes : public FeedbackTest {
 protected:
  void SetUp() override {
    RAP_NEEDS_DATA();
    FeedbackTest::SetUp();
    for (const std::string& dog : kDogs) {
      photos_[dog] = photos_of(dog);
      ids_[dog] = remember(Owner{dog}, "Bo", photos_[dog][0]).id;
    }
  }

  /// The photos of a dog that its owner did not show.
  std::span<const Bytes> unseen(const std::string& dog) { return std::span(photos_[dog]).subspan(1); }

  std::map<std::string, std::vector<Bytes>> photos_;
  std::map<std::string, std::string> ids_;  ///< of "Bo", which each owner knows by one photo of a dog
};

TEST_F(LookAlikes, NotBoHoldsForCopiesOfThePhotoAndLeavesBoAlone) {
  int mistakes = 0, named_in_copies = 0, own_before = 0, own_after = 0;
  for (const std::string& dog : kDogs) {
    const Owner owner{dog};
    // The worst mistake that is made with this memory.
    const Bytes* photo = nullptr;
    double worst = 0.05;
    for (const std::string& other : kDogs) {
      for (const Bytes& candidate : photos_[other]) {
        const double wrong = other == dog ? 0.0 : probability(owner, candidate);
        if (wrong <= worst) continue;
        worst = wrong;
        photo = &candidate;
      }
    }
    if (photo == nullptr) continue;
    ++mistakes;
    const auto before = probabilities(owner, unseen(dog));
    say(owner, {.photo = *photo, .is_not = {ids_[dog]}});
    EXPECT_EQ(probability(owner, *photo), 0.0);
    for (const Bytes& copy : copies_of(*photo)) named_in_copies += probability(owner, copy) >= 0.5 ? 1 : 0;
    const auto after = probabilities(owner, unseen(dog));
    const auto accepted = [](double p) { return p >= 0.5; };
    own_before += static_cast<int>(std::ranges::count_if(before, accepted));
    own_after += static_cast<int>(std::ranges::count_if(after, accepted));
  }
  ASSERT_GT(mistakes, 0) << "nothing to learn from";
  EXPECT_EQ(named_in_copies, 0);
  EXPECT_GE(own_after, own_before - 1) << "of " << own_before;
}

TEST_F(LookAlikes, TenHostileViewsMoveNothingButTheirOwnPhotos) {
  const std::string bo = "dog2";
  const Owner owner{bo};
  for (const std::string hostile : {"dog3", "cat", "backpack"}) {
    std::vector<Bytes> photos = photos_of(hostile);
    const Bytes kept_apart = photos.back();
    photos.pop_back();
    const std::size_t originals = photos.size();
    for (std::size_t i = 0; photos.size() < 10; ++i) {
      for (Bytes& copy : copies_of(photos[i % originals])) photos.push_back(std::move(copy));
    }
    photos.resize(10);
    const double before = probability(owner, kept_apart);
    const auto own_before = probabilities(owner, unseen(bo));
    for (const Bytes& photo : photos) say(owner, {.photo = photo, .is = {ids_[bo]}});
    EXPECT_GE(probability(owner, photos[0]), 0.5) << "there the user has spoken";
    const double after = probability(owner, kept_apart);
    EXPECT_EQ(after >= 0.5, before >= 0.5) << hostile << ": " << before << " -> " << after;
    const auto own_after = probabilities(owner, unseen(bo));
    for (std::size_t i = 0; i < own_before.size(); ++i) {
      EXPECT_EQ(own_after[i] >= 0.5, own_before[i] >= 0.5) << hostile << ", own photo " << i;
    }
    for (std::size_t i = 0; i < photos.size(); ++i) ASSERT_TRUE(assistant_->memory().undo(owner));
    EXPECT_EQ(probability(owner, kept_apart), before);
    EXPECT_EQ(probabilities(owner, unseen(bo)), own_before);
  }
}

TEST_F(LookAlikes, ItIsBoIsRecognisedFromThenOn) {
  int learnt = 0;
  for (const std::string& dog : kDogs) {
    const Owner owner{dog};
    for (const Bytes& photo : unseen(dog)) {
      if (probability(owner, photo) >= 0.9) continue;
      const double before = probability(owner, photo);
      say(owner, {.photo = photo, .is = {ids_[dog]}});
      EXPECT_GT(probability(owner, photo), 0.9) << dog << " was " << before;
      ++learnt;
    }
  }
  EXPECT_GT(learnt, 0) << "nothing to learn from";
}

}  // namespace
}  // namespace rap
