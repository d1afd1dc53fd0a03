// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;
using ::testing::Not;

class CaptionTest : public CommandTest {
 protected:
  void SetUp() override {
    a = file("photos/a.jpg", "photo a");
    bad = file("photos/b.jpg", "damaged");
    c = file("photos/c.jpg", "photo c");
    photos = (folder.path() / "photos").string();
    jsonl = (folder.path() / "out.jsonl").string();
  }

  std::vector<nlohmann::json> lines() {
    std::istringstream content(read(jsonl));
    std::vector<nlohmann::json> parsed;
    for (std::string line; std::getline(content, line);) parsed.push_back(nlohmann::json::parse(line));
    return parsed;
  }

  std::string a, bad, c, photos, jsonl;
};

TEST_F(CaptionTest, OnePhotoPrintsItsCaption) {
  EXPECT_EQ(rap({"caption", a}).out, "Hello you\n");
  EXPECT_EQ(script.requests.at(0).task, Task::kCaption);
}

TEST_F(CaptionTest, SeveralPhotosPrintTheirPathsToo) {
  const auto outcome = rap({"caption", photos});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_EQ(outcome.out, a + ": Hello you\n" + c + ": Hello you\n");
  EXPECT_THAT(outcome.err, HasSubstr("b.jpg: the photo is damaged; skipped"));
}

TEST_F(CaptionTest, JsonHasTheWholeAnswer) {
  script.recognition.matches = {Match{"id1", "Bo", Box{}, 1.0, {}}};
  const auto json = rap({"caption", a, "--json"}).json();
  const auto& caption = json["captions"][0];
  EXPECT_EQ(caption["text"], "Hello you");
  EXPECT_EQ(caption["concepts"], nlohmann::json::parse(R"([{"id": "id1", "name": "Bo"}])"));
  EXPECT_EQ(caption["names"]["repaired"], false);
  EXPECT_EQ(caption["finish"], "stop");
  EXPECT_EQ(caption["timings_ms"]["total"], 1500.0);
  EXPECT_EQ(json["written"], 1);
}

TEST_F(CaptionTest, WritesJsonLinesAndContinuesThem) {
  auto summary = rap({"caption", photos, "--jsonl", jsonl, "--json"}).json();
  EXPECT_EQ(summary["written"], 2);
  EXPECT_EQ(summary["failed"].size(), 1U);
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_EQ(lines()[1]["photo"], c);

  const std::string d = file("photos/d.jpg", "photo d");
  script.photos.clear();
  summary = rap({"caption", photos, "--jsonl", jsonl, "--json"}).json();
  EXPECT_EQ(summary["already_there"], 2);
  EXPECT_EQ(summary["written"], 1);
  EXPECT_EQ(script.photos.size(), 2U) << "the damaged photo is tried again, the others are not";
  ASSERT_EQ(lines().size(), 3U);
  EXPECT_EQ(lines()[2]["photo"], d);
}

TEST_F(CaptionTest, ALineCutOffByACrashIsWrittenAgain) {
  ASSERT_EQ(rap({"caption", a, "--jsonl", jsonl}).code, ExitCode::kOk);
  file("out.jsonl", read(jsonl) + "{\"photo\": \"" + c + "\", \"te");
  ASSERT_EQ(rap({"caption", a, c, "--jsonl", jsonl}).code, ExitCode::kOk);
  ASSERT_EQ(lines().size(), 2U);
  EXPECT_EQ(lines()[1]["photo"], c);
  EXPECT_EQ(lines()[1]["text"], "Hello you");
}

TEST_F(CaptionTest, AFileOfSomethingElseIsLeftAlone) {
  for (const std::string& content :
       {"my diary\nsecond line\n", R"({"my": "only copy"})", "a letter without a line feed"}) {
    file("out.jsonl", content);
    const auto outcome = rap({"caption", a, "--jsonl", jsonl});
    EXPECT_EQ(outcome.code, ExitCode::kUsage);
    EXPECT_THAT(outcome.err, HasSubstr("line 1 of"));
    EXPECT_EQ(read(jsonl), content);
  }
}

TEST_F(CaptionTest, NothingIsCutOffBeforeThereIsACaption) {
  ASSERT_EQ(rap({"caption", a, "--jsonl", jsonl}).code, ExitCode::kOk);
  file("out.jsonl", read(jsonl) + R"({"photo":"half)");
  const std::string before = read(jsonl);
  script.failure = Error{ErrorCode::kUnsupported, "there is no generator", ""};
  EXPECT_EQ(rap({"caption", c, "--jsonl", jsonl}).code, ExitCode::kEngineUnavailable);
  EXPECT_EQ(read(jsonl), before);
}

TEST_F(CaptionTest, NamesThatAreNoUtf8AreKnownAgainAndToldApart) {
  file("photos/z\xFE.jpg", "photo y");
  file("photos/z\xFF.jpg", "photo z");
  EXPECT_EQ(rap({"caption", photos, "--jsonl", jsonl, "--json"}).json()["written"], 4);
  const auto again = rap({"caption", photos, "--jsonl", jsonl, "--json"}).json();
  EXPECT_EQ(again["already_there"], 4);
  EXPECT_EQ(again["written"], 0);
}

TEST_F(CaptionTest, AFolderWithoutPhotosIsAnError) {
  std::filesystem::create_directory(folder.path() / "empty");
  const auto empty = rap({"caption", (folder.path() / "empty").string()});
  EXPECT_EQ(empty.code, ExitCode::kNotFound);
  EXPECT_THAT(empty.err, HasSubstr("no photos below"));
}

TEST_F(CaptionTest, CtrlCKeepsWhatIsDoneAndNoHalfCaption) {
  int pieces = 0;
  script.while_answering = [&] { interrupted = ++pieces == 3; };  // in the middle of the second photo
  const auto outcome = rap({"caption", a, c, "--jsonl", jsonl});
  EXPECT_EQ(outcome.code, ExitCode::kInterrupted);
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0]["photo"], a);
}

TEST_F(CaptionTest, WithoutAGeneratorItStopsAtOnce) {
  script.failure = Error{ErrorCode::kUnsupported, "there is no generator", ""};
  const auto outcome = rap({"caption", photos});
  EXPECT_EQ(outcome.code, ExitCode::kEngineUnavailable);
  EXPECT_EQ(script.photos.size(), 1U);
}

}  // namespace
}  // namespace rap::testing
