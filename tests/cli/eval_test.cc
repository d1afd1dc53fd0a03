// SPDX-License-Identifier: Apache-2.0
// The verbs of `rap eval` that ask the assistant, with an assistant that always says the same.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>

#include "image/photo.h"
#include "tests/cli/command.h"
#include "tests/support/colour_encoder.h"

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

/// A set of subjects of one colour each, and an encoder that sees colours.
class EvalColoursTest : public CommandTest {
 protected:
  void SetUp() override {
    const std::vector<std::array<std::uint8_t, 3>> colours{{250, 9, 9}, {9, 250, 9}, {9, 9, 250}, {250, 250, 9}};
    for (std::size_t i = 0; i < colours.size(); ++i) {
      Image photo{48, 32, {}};
      for (std::size_t at = 0; at < std::size_t{3} * 48 * 32; ++at) photo.rgb.push_back(colours[i][at % 3]);
      const auto png = encode_png(photo);
      ASSERT_TRUE(png);
      for (const char* name : {"train_1.png", "test_1.png", "test_2.png"}) {
        file("data/colours/" + std::to_string(i) + "/" + name,
             std::string(reinterpret_cast<const char*>(png->data()), png->size()));
      }
    }
    open_encoder = [](const Options&) -> Result<std::unique_ptr<Encoder>> {
      return std::unique_ptr<Encoder>(std::make_unique<ColourEncoder>());
    };
  }

  /// Runs a verb of `rap eval` on the set.
  Outcome eval(const std::string& verb, const std::vector<std::string>& flags) {
    std::vector<std::string> arguments{"eval",       verb,     "--data", (folder.path() / "data").string(),
                                       "--subjects", "colours"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return rap(arguments);
  }
};

TEST_F(EvalColoursTest, RetrievalKeepsToTheSplitAndToTheSubjects) {
  const Outcome outcome =
      eval("retrieval", {"--remember", "train_", "--ask", "test_", "--only", "0", "2", "3", "--draws", "2", "--json"});
  ASSERT_EQ(outcome.code, cli::ExitCode::kOk) << outcome.err << outcome.out;
  const auto set = outcome.json()["sets"][0];
  EXPECT_EQ(set["subjects"], 3);
  EXPECT_EQ(set["photos"], 9);
  EXPECT_EQ(set["top1"]["mean"], 1.0);

  const Outcome misspelt = eval("retrieval", {"--only", "0", "2", "purple"});
  EXPECT_EQ(misspelt.code, cli::ExitCode::kNotFound);
  EXPECT_THAT(misspelt.err, HasSubstr("purple"));
}

TEST_F(EvalColoursTest, OpensetComparesMemoriesAndFindsTheThresholdOfARate) {
  const std::string distractors = (folder.path() / "data" / "colours").string();
  const std::string page = (folder.path() / "page.html").string();
  const Outcome outcome = eval("openset", {"--distractors", distractors, "--distractor-count", "5", "--draws", "3",
                                           "--max-false-rate", "0.01", "--reliability", page, "--json"});
  ASSERT_EQ(outcome.code, cli::ExitCode::kOk) << outcome.err << outcome.out;
  const auto memories = outcome.json()["sets"][0]["memories"];
  ASSERT_EQ(memories.size(), 2U);
  EXPECT_EQ(memories[0]["distractors"], 0);
  EXPECT_EQ(memories[1]["distractors"], 5);
  EXPECT_EQ(memories[0]["top1"]["mean"], 1.0);
  EXPECT_LE(memories[0]["at_max_false_rate"]["fpr"]["mean"].get<double>(), 0.01);
  EXPECT_EQ(memories[0]["thresholds"].front()["threshold"], 0.1);
  EXPECT_THAT(read(page), HasSubstr("colours, and 5 others"));

  const Outcome table = eval("openset", {"--draws", "2"});
  EXPECT_THAT(table.out, HasSubstr("half known: TPR at 1 % FPR"));
  EXPECT_THAT(table.out, Not(HasSubstr("FPR at most")));
}

TEST_F(EvalColoursTest, ProbabilitiesAreThoseOfTheEncodersOwnCalibration) {
  const std::string encoder = file("colours.onnx", "read by nobody");
  const std::vector<std::string> flags{"--encoder", encoder, "--json"};
  const auto named = [&](const std::string& bias) {
    file("colours.json", R"({"input_side": 8, "mean": [0, 0, 0], "std": [1, 1, 1],
      "calibration": {"similarity_weight": 1, "margin_weight": 1, "bias": )" +
                             bias + "}}");
    const Outcome outcome = eval("openset", flags);
    EXPECT_EQ(outcome.code, cli::ExitCode::kOk) << outcome.err << outcome.out;
    return outcome.json()["sets"][0]["memories"][0]["at_threshold"]["tpr"]["mean"].get<double>();
  };
  EXPECT_EQ(named("3"), 1.0);
  EXPECT_EQ(named("-3"), 0.0);
  std::filesystem::remove(folder.path() / "colours.json");
  EXPECT_EQ(eval("scenes", flags).code, cli::ExitCode::kNotFound);
  EXPECT_EQ(eval("retrieval", flags).code, cli::ExitCode::kNotFound);
}

TEST_F(EvalColoursTest, ScenesAreKeptOnlyWhereThatIsWanted) {
  const auto kept = folder.path() / "kept";
  const Outcome outcome = eval("scenes", {"--counts", "2", "--scenes", "3", "--keep-scenes", kept.string(), "--json"});
  ASSERT_EQ(outcome.code, cli::ExitCode::kOk) << outcome.err << outcome.out;
  const auto scenes = outcome.json()["sets"][0]["scenes"];
  ASSERT_EQ(scenes.size(), 1U);
  EXPECT_EQ(scenes[0]["scenes"], 3);
  EXPECT_TRUE(std::filesystem::exists(kept / "colours-0003.jpg"));
  const std::string lines = read(kept / "scenes.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  const auto first = nlohmann::json::parse(lines.substr(0, lines.find('\n')));
  EXPECT_EQ(first["photo"], "colours-0001.jpg");
  EXPECT_EQ(first["subjects"].size(), 2U);

  EXPECT_EQ(eval("scenes", {"--counts", "9"}).code, cli::ExitCode::kUsage);
}

}  // namespace
}  // namespace rap::testing
