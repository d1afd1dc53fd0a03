// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "image/photo.h"
#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;

class RecognizeTest : public CommandTest {
 protected:
  void SetUp() override {
    Match bo{"id1", "Bo", Box{0.25F, 0.5F, 0.5F, 0.25F}, 0.9876543, {}};
    bo.evidence.looks_like = 0.75F;
    script.recognition.matches = {bo};
    script.recognition.near = {Match{"id2", "Mam", std::nullopt, 0.125, {}}};
    script.recognition.width = 400;
    script.recognition.height = 200;
  }
};

TEST_F(RecognizeTest, JsonHasBoxesInPixelsAndEvidence) {
  const std::string photo = file("a.jpg", "photo");
  const auto json = rap({"recognize", photo, "--json"}).json();
  const auto expected = nlohmann::json::parse(R"({"photos": [{
    "width": 400, "height": 200,
    "matches": [{"id": "id1", "name": "Bo", "box": [100, 100, 200, 50], "probability": 0.987654,
                 "evidence": {"looks_like": 0.75, "face": null, "is_named": false, "text_fits": null}}],
    "doubts": [],
    "near": [{"id": "id2", "name": "Mam", "box": null, "probability": 0.125,
              "evidence": {"looks_like": null, "face": null, "is_named": false, "text_fits": null}}]}]})");
  auto actual = json;
  EXPECT_EQ(actual["photos"][0]["photo"], photo);
  actual["photos"][0].erase("photo");
  EXPECT_EQ(actual, expected) << actual.dump(2);
}

TEST_F(RecognizeTest, PrintsATable) {
  const auto outcome = rap({"recognize", file("a.jpg", "photo")});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_THAT(outcome.out, HasSubstr("100,100 200x50"));
  EXPECT_THAT(outcome.out, HasSubstr("near miss"));
  EXPECT_THAT(outcome.out, HasSubstr("looks like (0.75)"));
}

TEST_F(RecognizeTest, SaysWhatIsInDoubt) {
  Doubt doubt{.candidates = script.recognition.matches, .region = {0.25F, 0.5F, 0.5F, 0.25F}, .probability = 0.75};
  doubt.candidates.push_back({.concept_id = "id3", .name = "Max", .region = {}, .probability = 0.25, .evidence = {}});
  script.recognition.doubts = {doubt};
  script.recognition.matches.clear();
  const std::string photo = file("a.jpg", "photo");
  const auto table = rap({"recognize", photo}).out;
  EXPECT_THAT(table, HasSubstr("Bo or Max"));
  EXPECT_THAT(table, HasSubstr("one of them"));
  EXPECT_THAT(table, ::testing::Not(HasSubstr("nothing known")));
  const auto json = rap({"recognize", photo, "--json"}).json()["photos"][0]["doubts"][0];
  EXPECT_EQ(json["name"], "Bo or Max");
  EXPECT_EQ(json["probability"], 0.75);
  EXPECT_EQ(json["box"], nlohmann::json({100, 100, 200, 50}));
  EXPECT_EQ(json["candidates"].size(), 2U);
}

TEST_F(RecognizeTest, SaysWhetherAFaceFits) {
  script.recognition.matches[0].evidence = {.face = 0.625F};
  const std::string photo = file("a.jpg", "photo");
  EXPECT_THAT(rap({"recognize", photo}).out, HasSubstr("face fits (0.62)"));
  EXPECT_EQ(rap({"recognize", photo, "--json"}).json()["photos"][0]["matches"][0]["evidence"]["face"], 0.625);
}

TEST_F(RecognizeTest, NeedsNoGeneratorAndObeysTheThreshold) {
  const auto json = rap({"recognize", file("a.jpg", "photo"), "--threshold", "0.99", "--json"}).json();
  EXPECT_EQ(json["photos"][0]["matches"].size(), 0U);
  EXPECT_EQ(opened->model, "none");
  EXPECT_THAT(rap({"recognize", file("a.jpg", "photo"), "--threshold", "0.99"}).out, HasSubstr("nothing known"));
}

TEST_F(RecognizeTest, ADamagedPhotoAmongSeveralIsReportedAndSkipped) {
  const auto good = file("a.jpg", "photo");
  const auto bad = file("b.jpg", "damaged");
  const auto outcome = rap({"recognize", good, bad, good});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_THAT(outcome.err, HasSubstr("b.jpg: the photo is damaged; skipped"));
  const auto json = rap({"recognize", good, bad, good, "--json"}).json();
  ASSERT_EQ(json["photos"].size(), 3U);
  EXPECT_EQ(json["photos"][1]["error"]["code"], "corrupt");
  EXPECT_EQ(json["photos"][2]["matches"].size(), 1U);
}

TEST_F(RecognizeTest, AnnotatesOnePhotoIntoAFileAndSeveralIntoAFolder) {
  const std::string photo = example_photo("chelsea.jpg").string();
  const auto one = folder.path() / "out.png";
  ASSERT_EQ(rap({"recognize", photo, "--annotate", one.string()}).code, ExitCode::kOk);
  const auto drawn = read_file(one, 10'000'000);
  ASSERT_TRUE(drawn.has_value());
  EXPECT_TRUE(decode_photo(*drawn).has_value());
  const auto many = folder.path() / "many";
  const auto json = rap({"recognize", photo, photo, "--annotate", many.string(), "--json"}).json();
  EXPECT_TRUE(std::filesystem::exists(many / "chelsea.png"));
  EXPECT_TRUE(std::filesystem::exists(many / "chelsea-2.png"));
  EXPECT_EQ(json["photos"][1]["annotated"], (many / "chelsea-2.png").string());
}

TEST_F(RecognizeTest, WalksFoldersSortedAndTakesPhotosOnly) {
  file("photos/b.JPG", "photo");
  file("photos/sub/a.png", "photo");
  file("photos/notes.txt", "text");
  const auto json = rap({"recognize", (folder.path() / "photos").string(), "--json"}).json();
  ASSERT_EQ(json["photos"].size(), 2U);
  EXPECT_THAT(json["photos"][0]["photo"].get<std::string>(), ::testing::EndsWith("b.JPG"));
}

TEST_F(RecognizeTest, ReadsStandardInput) {
  input = "photo from a pipe";
  EXPECT_EQ(rap({"recognize", "-"}).code, ExitCode::kOk);
  EXPECT_EQ(script.photos.at(0).size(), input.size());
}

}  // namespace
}  // namespace rap::testing
