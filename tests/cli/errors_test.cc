// SPDX-License-Identifier: Apache-2.0
// Exit codes, error messages, usage, and the small verbs.
#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ErrorsTest : public CommandTest {
 protected:
  ExitCode code_when_opening_fails_with(ErrorCode code, const std::string& field = "") {
    open_failure = Error{code, "it failed.", field};
    return rap({"ask", "?"}).code;
  }
};

TEST_F(ErrorsTest, EveryErrorCodeHasItsExitCode) {
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kInvalidArgument), ExitCode::kUsage);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kNotFound), ExitCode::kNotFound);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kConflict), ExitCode::kConflict);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kTooLarge), ExitCode::kBadInput);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kUnsupported), ExitCode::kEngineUnavailable);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kUnsupported, "photo"), ExitCode::kBadInput);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kCorrupt), ExitCode::kFailure);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kCorrupt, "views[2].photo"), ExitCode::kBadInput);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kUnavailable), ExitCode::kEngineUnavailable);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kIo), ExitCode::kFailure);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kCancelled), ExitCode::kInterrupted);
  EXPECT_EQ(code_when_opening_fails_with(ErrorCode::kInternal), ExitCode::kFailure);
}

TEST_F(ErrorsTest, AnErrorIsOneSentenceThatSaysWhatToDoNext) {
  open_failure = Error{ErrorCode::kUnavailable, "cannot connect.", ""};
  const auto outcome = rap({"ask", "?"});
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "rap: cannot connect; check that the server of --llm runs and can be reached, or leave --llm out\n");
}

TEST_F(ErrorsTest, FilesOfANewerRapAskForAnUpdate) {
  open_failure = Error{ErrorCode::kUnsupported, "a newer rap made it", "version"};
  const auto outcome = rap({"ask", "?"});
  EXPECT_EQ(outcome.code, ExitCode::kFailure);
  EXPECT_EQ(outcome.err, "rap: a newer rap made it; update rap\n");
}

TEST_F(ErrorsTest, AMessageThatSaysWhatToDoIsLeftAlone) {
  open_failure = Error{ErrorCode::kNotFound, "no such model: `rap models list` shows them", "model"};
  EXPECT_EQ(rap({"ask", "?"}).err, "rap: no such model: `rap models list` shows them\n");
}

TEST_F(ErrorsTest, JsonErrorsGoToStandardOutput) {
  open_failure = Error{ErrorCode::kConflict, "taken", "name"};
  const auto outcome = rap({"ask", "?", "--json"});
  EXPECT_EQ(outcome.json(),
            nlohmann::json::parse(R"({"error": {"code": "conflict", "message": "taken", "field": "name"}})"));
  EXPECT_EQ(outcome.err, "");
}

TEST_F(ErrorsTest, AWrongFlagGivesTheUsageOfItsVerb) {
  const auto outcome = rap({"concepts", "edit", "Bo", "--bogus"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, StartsWith("rap: "));
  EXPECT_THAT(outcome.err, HasSubstr("--bogus"));
  EXPECT_THAT(outcome.err, HasSubstr("Usage: rap concepts edit"));
  EXPECT_THAT(outcome.err, HasSubstr("--remove-alias"));
  EXPECT_EQ(outcome.out, "");
  const auto json = rap({"concepts", "edit", "Bo", "--bogus", "--json"});
  EXPECT_EQ(json.json()["error"]["code"], "invalid_argument");
  EXPECT_EQ(json.err, "");
}

TEST_F(ErrorsTest, WrongValuesAreUsageErrors) {
  EXPECT_EQ(rap({"ask"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"ask", "?", "more"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"ask", "?", "--threshold", "1.5"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"ask", "?", "--threads", "-1"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"ask", "?", "--threshold", "nan"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"ask", "?", "--max-false-rate", "nan"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"ask", "?", "--temperature", "nan"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"concepts", "edit", "Bo", "--info", "x", "--if-revision", "-1"}).code, ExitCode::kUsage);
  EXPECT_THAT(rap({"ask", "?", "--max-tokens", "0"}).err,
              StartsWith("rap: --max-tokens: '0' is not a number from 1 on\n"));
  EXPECT_THAT(rap({"ask", "?", "--threshold", "2"}).err,
              StartsWith("rap: --threshold: '2' is not a number from 0 to 1\n"));
  EXPECT_EQ(rap({"remember", "Bo", "--consent", "maybe"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"remember", "Bo", "--attr", "no-equals"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"completion", "tcsh"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({}).code, ExitCode::kUsage);
}

TEST_F(ErrorsTest, AMisspeltVerbGetsAHint) {
  EXPECT_THAT(rap({"remeber", "Bo"}).err, HasSubstr("did you mean `remember`?"));
  EXPECT_THAT(rap({"concepts", "lst"}).err, HasSubstr("did you mean `list`?"));
}

TEST_F(ErrorsTest, HelpIsNotAnError) {
  for (const std::vector<std::string>& line :
       std::vector<std::vector<std::string>>{{"--help"}, {"ask", "--help"}, {"concepts", "--help"}}) {
    const auto outcome = rap(line);
    EXPECT_EQ(outcome.code, ExitCode::kOk);
    EXPECT_THAT(outcome.out, HasSubstr("Usage:"));
    EXPECT_EQ(outcome.err, "");
  }
}

TEST_F(ErrorsTest, AMissingPhotoIsNotFound) {
  EXPECT_EQ(rap({"recognize", "/nowhere.jpg"}).code, ExitCode::kNotFound);
  EXPECT_EQ(rap({"ask", "?", "--photo", "/nowhere.jpg"}).code, ExitCode::kNotFound);
  EXPECT_EQ(rap({"remember", "Bo", "--photo", "/nowhere.jpg"}).code, ExitCode::kNotFound);
}

TEST_F(ErrorsTest, Version) {
  EXPECT_EQ(rap({"version"}).out, "rap 1.2.3\n");
  EXPECT_EQ(rap({"version", "--json"}).json()["version"], "1.2.3");
}

TEST_F(ErrorsTest, ModelsListAndVerify) {
  ModelEntry entry;
  entry.name = "smol";
  entry.licence = "Apache-2.0";
  entry.is_default = true;
  entry.files.push_back({"base", "smol/base.gguf", "abc", 93'000'000});
  models = {entry};
  EXPECT_THAT(rap({"models", "list"}).out, HasSubstr("93.0 MB"));
  const auto json = rap({"models", "list", "--json"}).json()["models"][0];
  EXPECT_EQ(json["default"], true);
  EXPECT_EQ(json["files"][0]["bytes"], 93'000'000);

  checks = {{.model = "smol", .file = "base.gguf", .present = true, .intact = true},
            {.model = "gemma", .file = "gemma.gguf", .fetched_by = "bootstrap.sh --gemma"}};
  const auto not_fetched = rap({"models", "verify"});
  EXPECT_EQ(not_fetched.code, ExitCode::kOk) << "nobody asked for it";
  EXPECT_THAT(not_fetched.out, HasSubstr("not fetched: bootstrap.sh --gemma"));
  checks.push_back({.model = "smol", .file = "lora.gguf"});
  EXPECT_EQ(rap({"models", "verify"}).code, ExitCode::kNotFound);
  checks.push_back({.model = "smol", .file = "projector", .present = true});
  const auto outcome = rap({"models", "verify"});
  EXPECT_EQ(outcome.code, ExitCode::kFailure);
  EXPECT_THAT(outcome.out, HasSubstr("damaged"));
  EXPECT_THAT(outcome.out, HasSubstr("missing"));
}

}  // namespace
}  // namespace rap::testing
