// SPDX-License-Identifier: Apache-2.0
// The completion scripts, run by the shells they are for.
#include <gmock/gmock.h>

#include <array>
#include <cstdio>

#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CompletionTest : public CommandTest {
 protected:
  /// Runs a shell command; its output, or "failed" if it failed.
  static std::string shell(const std::string& command) {
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string output;
    std::array<char, 4096> piece{};
    while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), pipe)) output.append(piece.data(), got);
    return ::pclose(pipe) == 0 ? output : "failed: " + output;
  }
  static bool installed(const std::string& name) { return shell("command -v " + name).rfind("failed", 0) != 0; }

  std::string script_for(const std::string& name) { return file("script." + name, rap({"completion", name}).out); }

  /// What bash offers after these words.
  std::string offered(const std::string& words) {
    const std::string test = "source " + script_for("bash") + "; COMP_WORDS=(" + words +
                             "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _rap; echo \"${COMPREPLY[@]}\"";
    return shell("bash -c '" + test + "'");
  }
};

TEST_F(CompletionTest, BashScriptIsValid) { EXPECT_EQ(shell("bash -n " + script_for("bash")), ""); }

TEST_F(CompletionTest, ZshScriptIsValid) {
  if (!installed("zsh")) GTEST_SKIP() << "no zsh here";
  EXPECT_EQ(shell("zsh -n " + script_for("zsh")), "");
}

TEST_F(CompletionTest, FishScriptIsValidAndCompletes) {
  if (!installed("fish")) GTEST_SKIP() << "no fish here";
  const std::string script_file = script_for("fish");
  EXPECT_EQ(shell("fish -n " + script_file), "");
  const auto offers = [&](const std::string& line) {
    return shell("fish -c 'source " + script_file + "; complete -C\"" + line + "\"'");
  };
  EXPECT_THAT(offers("rap conc"), HasSubstr("concepts"));
  EXPECT_THAT(offers("rap --memory list concepts hist"), HasSubstr("history"));
  EXPECT_THAT(offers("rap concepts edit --remove-"), HasSubstr("--remove-alias"));
}

TEST_F(CompletionTest, BashOffersVerbsFlagsAndWords) {
  EXPECT_EQ(offered("rap reme"), "remember\n");
  EXPECT_EQ(offered("rap concepts hi"), "history\n");
  EXPECT_EQ(offered("rap ask --without"), "--without-memory\n");
  EXPECT_EQ(offered("rap concepts edit Bo --remove-v"), "--remove-view\n");
  EXPECT_EQ(offered("rap remember Bo --consent g"), "given\n");
  EXPECT_EQ(offered("rap keys create --scope w"), "write\n");
  EXPECT_THAT(offered("rap \"\""), HasSubstr("recognize"));
}

TEST_F(CompletionTest, BashOffersGlobalFlagsEverywhere) {
  EXPECT_EQ(offered("rap models verify --memo"), "--memory\n");
  EXPECT_EQ(offered("rap --thres"), "--threshold\n");
}

TEST_F(CompletionTest, BashIsNotMisledByValuesThatLookLikeVerbs) {
  EXPECT_EQ(offered("rap --memory chat conc"), "concepts\n");
  EXPECT_EQ(offered("rap ask --photo \"\""), "\n") << "left to the completion of files";
}

TEST_F(CompletionTest, KnowsEveryVerb) {
  const std::string script_text = rap({"completion", "bash"}).out;
  for (const char* verb : {"remember",
                           "recognize",
                           "feedback",
                           "caption",
                           "ask",
                           "chat",
                           "eval retrieval",
                           "eval faces",
                           "faces on",
                           "faces off",
                           "faces status",
                           "keys create",
                           "keys list",
                           "keys revoke",
                           "models list",
                           "models verify",
                           "models import-lora",
                           "models import-projector",
                           "models merge",
                           "version",
                           "completion",
                           "concepts list",
                           "concepts show",
                           "concepts edit",
                           "concepts history",
                           "concepts undo",
                           "concepts forget",
                           "concepts export",
                           "concepts import"})
    EXPECT_THAT(script_text, HasSubstr(std::string("'rap ") + verb + "'")) << verb;
}

}  // namespace
}  // namespace rap::testing
