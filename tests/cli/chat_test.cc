// SPDX-License-Identifier: Apache-2.0
// rap ask and rap chat.
#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;
using ::testing::Not;

class AskTest : public CommandTest {};
class ChatTest : public CommandTest {};

TEST_F(AskTest, PrintsTheAnswerAndPassesTheQuestionOn) {
  const auto outcome = rap({"ask", "who is this?", "--photo", file("a.jpg", "photo"), "--threshold", "0.7",
                            "--max-tokens", "5", "--without-memory"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out, "Hello you\n");
  const AskRequest& request = script.requests.at(0);
  EXPECT_EQ(request.task, Task::kAsk);
  EXPECT_EQ(request.question, "who is this?");
  EXPECT_EQ(request.recognize.threshold, 0.7);
  EXPECT_EQ(request.generate.max_tokens, 5);
  EXPECT_FALSE(request.use_memory);
  EXPECT_EQ(script.photos.at(0).size(), 5U);
}

TEST_F(AskTest, JsonHasQuestionAnswerAndEvidence) {
  const auto json = rap({"ask", "who?", "--json"}).json();
  EXPECT_EQ(json["question"], "who?");
  EXPECT_EQ(json["photo"], nullptr);
  EXPECT_EQ(json["text"], "Hello you");
  for (const char* member : {"concepts", "matches", "near", "names", "finish", "tokens", "timings_ms"})
    EXPECT_TRUE(json.contains(member)) << member;
}

TEST_F(AskTest, CtrlCStopsTheAnswerCleanly) {
  script.while_answering = [this] { interrupted = true; };
  const auto outcome = rap({"ask", "who?"});
  EXPECT_EQ(outcome.code, ExitCode::kInterrupted);
  EXPECT_EQ(outcome.out, "Hello \n");
}

TEST_F(AskTest, QuietLeavesOnlyTheAnswer) {
  EXPECT_THAT(rap({"ask", "who?"}).err, HasSubstr("1.50 s"));
  EXPECT_EQ(rap({"ask", "who?", "-q"}).err, "");
}

TEST_F(AskTest, AnswersCannotSteerTheTerminal) {
  script.pieces = {"a\x1B]0;title\a", "b"};
  EXPECT_THAT(rap({"ask", "who?"}).out, Not(HasSubstr("\x1B")));
}

TEST_F(AskTest, AnnotateNeedsAPhoto) { EXPECT_EQ(rap({"ask", "who?", "--annotate", "x.png"}).code, ExitCode::kUsage); }

TEST_F(ChatTest, KeepsTheTurnsBefore) {
  script.recognition.matches = {Match{"id1", "Bo", std::nullopt, 1.0, {}}};
  input = "who is Bo?\n\n  what does he fear?\n";
  const auto outcome = rap({"chat"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out, "Hello you\nHello you\n");
  ASSERT_EQ(script.requests.size(), 2U);
  EXPECT_TRUE(script.requests[0].turns.empty());
  ASSERT_EQ(script.requests[1].turns.size(), 1U);
  EXPECT_EQ(script.requests[1].question, "what does he fear?");
  EXPECT_EQ(script.requests[1].turns[0].question, "who is Bo?");
  EXPECT_EQ(script.requests[1].turns[0].answer, "Hello you");
  EXPECT_EQ(script.requests[1].turns[0].concept_ids, std::vector<std::string>{"id1"});
}

TEST_F(ChatTest, CommandsChangePhotoForgetAndQuit) {
  const auto first = file("one.jpg", "1");
  const auto second = file("two photos.jpg", "22");
  input = "a\n/photo " + second + "\nb\n/photo\nc\n/forget\nd\n/quit\ne\n";
  ASSERT_EQ(rap({"chat", "--photo", first}).code, ExitCode::kOk);
  ASSERT_EQ(script.requests.size(), 4U);
  EXPECT_EQ(script.photos[0].size(), 1U);
  EXPECT_EQ(script.photos[1].size(), 2U);
  EXPECT_EQ(script.photos[2].size(), 0U);
  EXPECT_EQ(script.requests[2].turns.size(), 2U);
  EXPECT_TRUE(script.requests[3].turns.empty());
}

TEST_F(ChatTest, AWrongCommandOrPhotoIsReportedAndTheChatGoesOn) {
  input = "/dance\n/photo /nowhere.jpg\n/photo -\nhello\n";
  const auto outcome = rap({"chat"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_THAT(outcome.err, HasSubstr("/dance"));
  EXPECT_THAT(outcome.err, HasSubstr("/nowhere.jpg"));
  EXPECT_EQ(script.requests.size(), 1U);
}

TEST_F(ChatTest, JsonIsOneObjectALine) {
  input = "a\nb\n";
  std::istringstream out(rap({"chat", "--json"}).out);
  int lines = 0;
  for (std::string line; std::getline(out, line); ++lines) EXPECT_EQ(nlohmann::json::parse(line)["text"], "Hello you");
  EXPECT_EQ(lines, 2);
}

TEST_F(ChatTest, CtrlCStopsOneAnswerOnly) {
  int pieces = 0;
  script.while_answering = [&] { interrupted = ++pieces == 1; };
  input = "a\nb\n";
  const auto outcome = rap({"chat"});
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out, "Hello \nHello you\n");
}

TEST_F(ChatTest, AFailureEndsAScriptedChat) {
  script.failure = Error{ErrorCode::kUnavailable, "the server cannot be reached", ""};
  input = "a\nb\n";
  EXPECT_EQ(rap({"chat"}).code, ExitCode::kEngineUnavailable);
  EXPECT_EQ(script.requests.size(), 1U);
}

}  // namespace
}  // namespace rap::testing
