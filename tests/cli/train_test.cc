// SPDX-License-Identifier: Apache-2.0
// `rap train` from a set's folder to files that serve, with the real programs and encoder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "dataset/conversation.h"
#include "generation/llama/projector.h"
#include "tests/support/data.h"
#include "tests/training/tiny_language_model.h"
#include "training/formats/lora.h"

namespace rap::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Finished {
  int code = -1;
  std::string text;  ///< both streams
};

class TrainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("HOME", folder_.path().c_str(), 1);
    ::setenv("RAP_CACHE_DIR", (fs::temp_directory_path() / "rap-test-cache").c_str(), 1);
    ASSERT_TRUE(training::testing::write_tiny_language_model(folder_.path() / "tiny.gguf", "llama"));
    fs::create_directories(set() / "images");
    std::vector<dataset::Conversation> conversations;
    for (const char* photo : {"chelsea", "coffee", "rocket"}) {
      const std::string image = std::string("images/") + photo + ".jpg";
      fs::copy_file(source_dir() / "examples/photos" / (photo + std::string(".jpg")), set() / image);
      for (const char* question : {"What?", "Who?"}) {
        conversations.push_back({.id = photo + std::string(question),
                                 .context = photo,
                                 .type = dataset::TaskType::kCaption,
                                 .source = {},
                                 .image = image,
                                 .cards = {},
                                 .turns = {{question, photo}},
                                 .references = {}});
      }
    }
    conversations.back().split = dataset::Split::kDev;
    ASSERT_TRUE(dataset::write_conversations(set(), conversations));
    std::ofstream(set() / "dataset.json")
        << R"({"name": "mini", "trained_on": [{"source": "cats", "licence": "research only", "photos": 3}]})";
    std::ofstream(folder_.path() / "recipe.toml")
        << "name = 'tiny'\nbase = '" << (folder_.path() / "tiny.gguf").string()
        << "'\nchat_template = 'chatml'\ngrid = 2\nmm_hidden = 8\nlora_r = 2\nlogging_steps = 1\n"
           "[[stage]]\nname = 'all'\nepochs = 4\nbatch_tokens = 200\n";
  }

  [[nodiscard]] fs::path set() const { return folder_.path() / "set"; }
  [[nodiscard]] fs::path run_folder() const { return folder_.path() / "run"; }

  [[nodiscard]] Finished train(const std::string& more = {}) const {
    const std::string command = std::string(RAP_BINARY) + " train " + (folder_.path() / "recipe.toml").string() +
                                " --set " + set().string() + " --out " + run_folder().string() + more + " 2>&1";
    Finished finished;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> part{};
    while (const std::size_t count = std::fread(part.data(), 1, part.size(), pipe)) {
      finished.text.append(part.data(), count);
    }
    const int status = ::pclose(pipe);
    finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return finished;
  }

  TemporaryDir folder_;
};

TEST_F(TrainTest, MakesWeightsThatServe) {
  const Finished finished = train();
  ASSERT_EQ(finished.code, 0) << finished.text;
  EXPECT_THAT(finished.text, HasSubstr("held-out loss"));
  EXPECT_TRUE(training::read_lora_gguf(run_folder() / "lora.gguf"));
  const auto projector = Projector::load(run_folder() / "projector.safetensors");
  ASSERT_TRUE(projector);
  EXPECT_EQ(projector->tokens(), 4);
  EXPECT_TRUE(fs::exists(run_folder() / "log.jsonl"));
  std::ifstream card(run_folder() / "README.md");
  const std::string text(std::istreambuf_iterator<char>(card), {});
  EXPECT_THAT(text, HasSubstr("`lora.gguf`"));
  EXPECT_THAT(text, HasSubstr("| cats | research only | 3 photos, in mini |"));
  EXPECT_THAT(text, HasSubstr("after stage all"));

  const Finished again = train();  // nothing is left to do, and features are not computed anew
  EXPECT_EQ(again.code, 0) << again.text;
}

TEST_F(TrainTest, PrintsJson) {
  const Finished finished = train(" --json");
  ASSERT_EQ(finished.code, 0) << finished.text;
  EXPECT_THAT(finished.text, HasSubstr("\"loss\""));
}

TEST_F(TrainTest, SaysWhatIsMissing) {
  fs::remove(set() / "images/rocket.jpg");
  const Finished finished = train();
  EXPECT_NE(finished.code, 0);
  EXPECT_THAT(finished.text, HasSubstr("rocket.jpg"));
  fs::remove(set() / "conversations.jsonl");
  EXPECT_THAT(train().text, HasSubstr("conversations.jsonl"));
}

}  // namespace
}  // namespace rap::testing
