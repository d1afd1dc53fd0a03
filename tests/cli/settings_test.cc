// SPDX-License-Identifier: Apache-2.0
// Precedence of flags, environment and configuration file.
#include "cli/settings.h"

#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;

class SettingsTest : public CommandTest {
 protected:
  void configure(const std::string& content) { file("config/rap/config.toml", content); }
};

TEST_F(SettingsTest, DefaultsAreThoseOfTheLibrary) {
  rap({"ask", "?"});
  EXPECT_EQ(opened->memory_file, "");
  EXPECT_EQ(opened->model, "");
  EXPECT_EQ(opened->threads, 0);
  EXPECT_TRUE(opened->egress.photos && opened->egress.names && opened->egress.info);
  EXPECT_EQ(script.requests.at(0).recognize.threshold, RecognizeOptions{}.threshold);
}

TEST_F(SettingsTest, FlagsMayStandBeforeOrAfterTheVerb) {
  rap({"--memory", "/a", "ask", "?", "--threads", "3", "--no-send-names"});
  EXPECT_EQ(opened->memory_file, "/a");
  EXPECT_EQ(opened->threads, 3);
  EXPECT_FALSE(opened->egress.names);
  EXPECT_TRUE(opened->egress.photos);
  rap({"concepts", "list", "--memory", "/b"});
  EXPECT_EQ(opened->memory_file, "/b");
}

TEST_F(SettingsTest, FlagBeatsEnvironmentBeatsConfigurationBeatsDefault) {
  configure("memory = \"/from config\"\nmodel = \"config-model\"\nthreads = 2\nno-send-photos = true\n");
  rap({"ask", "?"});
  EXPECT_EQ(opened->memory_file, "/from config");
  EXPECT_EQ(opened->model, "config-model");
  EXPECT_EQ(opened->threads, 2);
  EXPECT_FALSE(opened->egress.photos);

  const ScopedVariable memory("RAP_MEMORY", "/from environment");
  const ScopedVariable threads("RAP_THREADS", "4");
  const ScopedVariable photos("RAP_NO_SEND_PHOTOS", "false");
  rap({"ask", "?"});
  EXPECT_EQ(opened->memory_file, "/from environment");
  EXPECT_EQ(opened->model, "config-model");
  EXPECT_EQ(opened->threads, 4);
  EXPECT_TRUE(opened->egress.photos);

  rap({"ask", "?", "--memory", "/from flag"});
  EXPECT_EQ(opened->memory_file, "/from flag");
  EXPECT_EQ(opened->threads, 4);
}

TEST_F(SettingsTest, EveryGlobalFlagHasAVariable) {
  const ScopedVariable encoder("RAP_ENCODER", "/e.onnx");
  const ScopedVariable detector("RAP_DETECTOR", "/d.onnx");
  const ScopedVariable classes("RAP_DETECTOR_CLASSES", "/d.txt");
  const ScopedVariable detector_only("RAP_DETECTOR_ONLY", "1");
  const ScopedVariable model("RAP_MODEL", "m");
  const ScopedVariable url("RAP_LLM", "http://localhost:1/v1");
  const ScopedVariable llm_model("RAP_LLM_MODEL", "big");
  const ScopedVariable gguf("RAP_GGUF", "/g");
  const ScopedVariable mmproj("RAP_MMPROJ", "/p");
  const ScopedVariable models_dir("RAP_MODELS_DIR", "/m");
  const ScopedVariable cache("RAP_CACHE_DIR", "/c");
  const ScopedVariable names("RAP_NO_SEND_NAMES", "1");
  const ScopedVariable info("RAP_NO_SEND_INFO", "1");
  const ScopedVariable threshold("RAP_THRESHOLD", "0.25");
  const ScopedVariable json("RAP_JSON", "1");
  const auto outcome = rap({"ask", "?"});
  EXPECT_EQ(opened->encoder, "/e.onnx");
  EXPECT_EQ(opened->detector, "/d.onnx");
  EXPECT_EQ(opened->detector_classes, "/d.txt");
  EXPECT_TRUE(opened->detector_only);
  EXPECT_EQ(opened->model, "m");
  EXPECT_EQ(opened->llm_url, "http://localhost:1/v1");
  EXPECT_EQ(opened->llm_model, "big");
  EXPECT_EQ(opened->gguf, "/g");
  EXPECT_EQ(opened->mmproj, "/p");
  EXPECT_EQ(opened->models_dir, "/m");
  EXPECT_EQ(opened->cache_dir, "/c");
  EXPECT_FALSE(opened->egress.names || opened->egress.info);
  EXPECT_EQ(script.requests.at(0).recognize.threshold, 0.25);
  EXPECT_EQ(outcome.json()["text"], "Hello you");
}

TEST_F(SettingsTest, AFalseRateChoosesTheThresholdInsteadOfOne) {
  configure("max-false-rate = 0.05\n");
  rap({"ask", "?"});
  EXPECT_EQ(script.requests.back().recognize.max_false_rate, 0.05);
  const ScopedVariable rate("RAP_MAX_FALSE_RATE", "0.02");
  rap({"ask", "?"});
  EXPECT_EQ(script.requests.back().recognize.max_false_rate, 0.02);
  rap({"ask", "?", "--max-false-rate", "0.01"});
  EXPECT_EQ(script.requests.back().recognize.max_false_rate, 0.01);

  const auto both = rap({"ask", "?", "--threshold", "0.7"});
  EXPECT_EQ(both.code, ExitCode::kUsage);
  EXPECT_THAT(both.err, HasSubstr("--max-false-rate"));
  EXPECT_THAT(both.err, HasSubstr("--threshold"));
  EXPECT_EQ(rap({"ask", "?", "--max-false-rate", "2"}).code, ExitCode::kUsage);
}

TEST_F(SettingsTest, TheKeyComesFromAFileOrTheEnvironmentNeverFromTheCommandLine) {
  EXPECT_EQ(rap({"ask", "?", "--llm-key", "secret"}).code, ExitCode::kUsage);
  const auto key_file = file("key", "  from-file\n");
  configure("llm-key-file = \"" + key_file + "\"\n");
  rap({"ask", "?"});
  EXPECT_EQ(opened->llm_key, "from-file");
  const ScopedVariable key("RAP_LLM_KEY", "from-environment");
  rap({"ask", "?"});
  EXPECT_EQ(opened->llm_key, "from-environment");
  rap({"ask", "?", "--llm-key-file", key_file});
  EXPECT_EQ(opened->llm_key, "from-file");
}

TEST_F(SettingsTest, AnEmptyOrMissingKeyFileIsAnError) {
  EXPECT_EQ(rap({"ask", "?", "--llm-key-file", file("empty", " \n")}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"ask", "?", "--llm-key-file", "/nowhere"}).code, ExitCode::kNotFound);
}

TEST_F(SettingsTest, AnotherConfigurationFileCanBeNamed) {
  configure("model = \"usual\"\n");
  const auto other = file("other.toml", "# a comment\nmodel = \"other\"\n");
  rap({"ask", "?", "--config", other});
  EXPECT_EQ(opened->model, "other");
  const ScopedVariable variable("RAP_CONFIG", other);
  rap({"ask", "?"});
  EXPECT_EQ(opened->model, "other");
}

TEST_F(SettingsTest, MistakesInTheConfigurationAreReported) {
  EXPECT_EQ(rap({"ask", "?", "--config", "/nowhere.toml"}).code, ExitCode::kNotFound);
  configure("modle = \"typo\"\n");
  const auto outcome = rap({"ask", "?"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("modle"));
  configure("threads = many\n");
  EXPECT_EQ(rap({"ask", "?"}).code, ExitCode::kUsage);
}

TEST_F(SettingsTest, FindsTheConfigurationUnderHomeWithoutXdg) {
  const ScopedVariable none("XDG_CONFIG_HOME", "");
  EXPECT_EQ(cli::default_config_file(), folder.path() / ".config" / "rap" / "config.toml");
}

}  // namespace
}  // namespace rap::testing
