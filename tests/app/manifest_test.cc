// SPDX-License-Identifier: Apache-2.0
#include "app/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <tuple>

#include "app/text_encoder.h"
#include "tests/support/data.h"

namespace rap {
namespace {

using ::testing::HasSubstr;

constexpr char kManifest[] = R"({
  "version": 1,
  "encoder": {"name": "eye", "description": "", "licence": "MIT", "source": "", "input_side": 448, "mean": 127,
              "scale": 128, "files": {"onnx": {"path": "eye.onnx", "bytes": 3, "sha256": "00"}}},
  "default": "small",
  "models": [
    {"name": "small", "description": "", "licence": "MIT", "source": "", "layout": "rap-seen",
     "files": {"base": {"path": "no-such-small.gguf", "bytes": 5, "sha256": "00"}}},
    {"name": "large", "description": "", "licence": "MIT", "source": "", "layout": "rap", "chat_template": "gemma",
     "files": {"base": {"path": "no-such-large.gguf", "bytes": 5, "sha256": "00", "fetched_by": "bootstrap.sh --large"},
               "lora": {"path": "no-such-lora.gguf", "bytes": 5, "sha256": "00"}}}
  ]
})";

/// A models folder of the test's own.
class ManifestTest : public ::testing::Test {
 protected:
  ManifestTest() { write("manifest.json", kManifest); }

  void write(const std::string& name, const std::string& content) {
    std::ofstream(options_.models_dir / name, std::ios::binary) << content;
  }

  testing::TemporaryDir folder_;
  Options options_{.models_dir = folder_.path()};
};

TEST_F(ManifestTest, TellsHowEachModelIsPrompted) {
  const auto manifest = read_manifest(options_);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->encoder.input_side, 448);
  const auto& [small, large] = std::tie(manifest->generators.at(0), manifest->generators.at(1));
  EXPECT_TRUE(small.is_default);
  EXPECT_EQ(small.layout, PromptLayout::kRapSeen);
  EXPECT_EQ(small.chat_template, "");
  EXPECT_FALSE(large.is_default);
  EXPECT_EQ(large.chat_template, "gemma");
}

TEST_F(ManifestTest, AMissingFileTellsTheCommandThatFetchesIt) {
  const auto manifest = read_manifest(options_);
  ASSERT_TRUE(manifest) << manifest.error().message;
  const auto& [small, large] = std::tie(manifest->generators.at(0), manifest->generators.at(1));
  for (const auto& [model, role, command] :
       {std::tuple{&small, "base", "scripts/bootstrap.sh"}, std::tuple{&large, "base", "bootstrap.sh --large"},
        std::tuple{&large, "lora", "scripts/bootstrap.sh"}}) {
    const auto file = locate(options_, *model, role);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(file.error().message, HasSubstr(command));
  }
}

TEST_F(ManifestTest, ATextEncoderIsLookedForWhenItIsUsed) {
  const auto none = open_text_encoder(options_);
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_EQ((*none)->get().error().code, ErrorCode::kNotFound) << "the manifest has none";
  std::string manifest = kManifest;
  manifest.insert(manifest.find(R"("default")"), R"("text": {
    "name": "reader", "description": "", "licence": "MIT", "source": "",
    "files": {"gguf": {"path": "no-such-reader.gguf", "bytes": 5, "sha256": "00", "fetched_by": "bootstrap.sh --text"}}},
  )");
  write("manifest.json", manifest);
  const auto missing = open_text_encoder(options_);
  ASSERT_TRUE(missing) << missing.error().message;
  EXPECT_EQ((*missing)->get().error().code, ErrorCode::kNotFound);
  EXPECT_THAT((*missing)->get().error().message, HasSubstr("bootstrap.sh --text"));
  options_.text_embeddings = folder_.path() / "no-such-own.gguf";
  const auto own = open_text_encoder(options_);
  ASSERT_FALSE(own) << "what was asked for is missed at once";
  EXPECT_EQ(own.error().field, "text-embeddings");
}

TEST_F(ManifestTest, OnlyWhatIsFetchedOnRequestMayBeMissing) {
  const auto checks = verify_models(options_);
  ASSERT_TRUE(checks) << checks.error().message;
  const auto fetched_by = [&](const std::string& file) {
    const auto check =
        std::find_if(checks->begin(), checks->end(), [&](const ModelCheck& one) { return one.file == file; });
    return check == checks->end() || check->present ? "no such missing file" : check->fetched_by;
  };
  EXPECT_EQ(fetched_by("no-such-small.gguf"), "");
  EXPECT_EQ(fetched_by("no-such-large.gguf"), "bootstrap.sh --large");
  EXPECT_EQ(fetched_by("no-such-lora.gguf"), "");
}

TEST_F(ManifestTest, AFileOfAnotherSizeIsDamaged) {
  write("no-such-small.gguf", "short");
  const auto manifest = read_manifest(options_);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_TRUE(locate(options_, manifest->generators.front(), "base"));
  write("no-such-small.gguf", "too long");
  const auto base = locate(options_, manifest->generators.front(), "base");
  ASSERT_FALSE(base);
  EXPECT_EQ(base.error().code, ErrorCode::kCorrupt);
  const auto checks = verify_models(options_);
  ASSERT_TRUE(checks) << checks.error().message;
  EXPECT_TRUE(checks->at(1).present);
  EXPECT_FALSE(checks->at(1).intact);
}

TEST_F(ManifestTest, RefusesWhatItCannotRead) {
  for (const char* wrong : {"", "{}", R"({"version": 2})"}) {
    write("manifest.json", wrong);
    const auto manifest = read_manifest(options_);
    ASSERT_FALSE(manifest) << wrong;
    EXPECT_EQ(manifest.error().code, ErrorCode::kCorrupt) << wrong;
  }
}

}  // namespace
}  // namespace rap
