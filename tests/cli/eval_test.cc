// SPDX-License-Identifier: Apache-2.0
// The verbs of `rap eval` that ask the assistant, with an assistant that always says the same.
#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A set of two photos with captions. The photos need not be photos: the fake assistant looks at none.
class EvalTest : public CommandTest {
 protected:
  void SetUp() override {
    file("data/small/captions.tsv", "a.jpg\tA dog runs on grass.\nb.jpg\tA man rides a bike.\nc.jpg\tA dog sits.\n");
    file("data/small/dev.txt", "a.jpg\nb.jpg\n");
    file("data/small/train.txt", "c.jpg\n");
    file("data/small/images/a.jpg", "photo a");
    file("data/small/images/b.jpg", "photo b");
    for (const char* photo : {"dog/1.jpg", "dog/2.jpg", "dog/3.jpg", "clock/1.jpg", "clock/2.jpg"}) {
      file(std::string("data/things/") + photo, photo);
    }
    script.pieces = {"A dog runs on grass"};
  }

  std::string data() { return (folder.path() / "data").string(); }
};

TEST_F(EvalTest, CaptionComparesWithPeopleAndControls) {
  const Outcome outcome = rap({"eval", "caption", "--data", data(), "--set", "small", "--json"});
  ASSERT_EQ(outcome.code, cli::ExitCode::kOk) << outcome.err;
  const auto json = outcome.json();
  EXPECT_EQ(json["questions"], 2);
  EXPECT_EQ(json["complete"], true);
  EXPECT_NEAR(json["captions"]["bleu_1"]["mean"].get<double>(), 0.6, 1e-9);  // a dog runs on grass, a
  EXPECT_EQ(json["typical_caption"], "A dog sits.");
  EXPECT_FALSE(script.requests.front().use_memory);
  EXPECT_NE(opened->memory_file.parent_path(), folder.path());
  EXPECT_FALSE(std::filesystem::exists(opened->memory_file.parent_path())) << "the memory is thrown away";
}

TEST_F(EvalTest, CaptionNamesTheFileThatIsMissing) {
  const Outcome outcome = rap({"eval", "caption", "--data", data(), "--set", "absent"});
  EXPECT_EQ(outcome.code, cli::ExitCode::kNotFound);
  EXPECT_THAT(outcome.err, HasSubstr("captions.tsv"));
}

TEST_F(EvalTest, PersonalPrintsFiguresOfTheWantedGroups) {
  const Outcome outcome =
      rap({"eval", "personal", "--data", data(), "--subjects", "things", "--groups", "right_card", "--limit", "2"});
  ASSERT_EQ(outcome.code, cli::ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("right card: names said (recall)"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("recognition")));
  EXPECT_THAT(outcome.out, HasSubstr("0.000"));
}

TEST_F(EvalTest, PersonalRefusesUnknownGroups) {
  EXPECT_EQ(rap({"eval", "personal", "--data", data(), "--groups", "nonsense"}).code, cli::ExitCode::kUsage);
}

TEST_F(EvalTest, CtrlCKeepsWhatWasAnswered) {
  script.while_answering = [this] { interrupted = true; };
  const Outcome outcome = rap({"eval", "caption", "--data", data(), "--set", "small", "--json"});
  EXPECT_EQ(outcome.code, cli::ExitCode::kInterrupted);
  EXPECT_EQ(outcome.json()["complete"], false);
  EXPECT_EQ(outcome.json()["questions"], 1);
}

TEST_F(EvalTest, GalleryIsWritten) {
  const auto page = (folder.path() / "page.html").string();
  ASSERT_EQ(rap({"eval", "caption", "--data", data(), "--set", "small", "--gallery", page}).code, cli::ExitCode::kOk);
  EXPECT_THAT(read(page), HasSubstr("A man rides a bike."));
}

TEST_F(EvalTest, SetNeedsTheConceptsOfAFileOfQuestions) {
  const std::string questions = file("q.json", R"({"a.jpg": ["<bo>"]})");
  const Outcome outcome = rap({"eval", "set", questions});
  EXPECT_EQ(outcome.code, cli::ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("--database"));
}

}  // namespace
}  // namespace rap::testing
