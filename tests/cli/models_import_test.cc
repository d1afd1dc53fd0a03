// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <filesystem>

#include "core/safetensors.h"
#include "tests/cli/command.h"
#include "training/formats/lora.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;
using namespace training;

class ModelsImportTest : public CommandTest {
 protected:
  void SetUp() override {
    const GgufContent content{{{"general.architecture", "qwen2"}},
                              {{"blk.0.attn_q.weight", {8, 32}, StorageType::kF32, std::vector<float>(8 * 32, 0.5F)}}};
    ASSERT_TRUE(write_gguf(base_, content));
    file("peft/adapter_config.json", R"({"r": 2, "lora_alpha": 4})");
    const std::string layer = "base_model.model.model.layers.0.self_attn.q_proj.";
    ASSERT_TRUE(write_safetensors(folder.path() / "peft/adapter_model.safetensors",
                                  {{layer + "lora_A.weight", {{2, 32}, std::vector<float>(64, 1.0F)}},
                                   {layer + "lora_B.weight", {{8, 2}, std::vector<float>(16, 1.0F)}}}));
  }

  Outcome import_lora() { return rap({"models", "import-lora", "--base", base_, peft_, adapter_}); }

  std::string base_ = (folder.path() / "base.gguf").string();
  std::string peft_ = (folder.path() / "peft").string();
  std::string adapter_ = (folder.path() / "adapter.gguf").string();
  std::string merged_ = (folder.path() / "merged.gguf").string();
};

TEST_F(ModelsImportTest, ImportsAnAdapterAndMergesIt) {
  const Outcome imported = import_lora();
  EXPECT_EQ(imported.code, ExitCode::kOk) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("an adapter of 1 layers for a base of architecture qwen2"));
  const auto merged = rap(
      {"models", "merge", "--base", base_, "--lora", adapter_, "--scale", "0.5", "--type", "F16", merged_, "--json"});
  ASSERT_EQ(merged.code, ExitCode::kOk) << merged.err;
  EXPECT_EQ(merged.json()["merged"], (nlohmann::json{{"file", merged_}, {"tensors", 1}, {"changed", 1}}));
  const auto result = GgufFile::open(merged_);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->tensors()[0].type, StorageType::kF16);
  // 0.5 + scale 0.5 * alpha 4 / rank 2 * (1 * 1 + 1 * 1)
  EXPECT_EQ(*result->values("blk.0.attn_q.weight"), std::vector<float>(8 * 32, 2.5F));
}

TEST_F(ModelsImportTest, SaysWhatIsWrongAndWhatToDo) {
  std::filesystem::rename(folder.path() / "peft/adapter_model.safetensors", folder.path() / "peft/adapter_model.bin");
  const Outcome pickle = import_lora();
  EXPECT_EQ(pickle.code, ExitCode::kUsage);
  EXPECT_THAT(pickle.err, HasSubstr("pickle"));
  EXPECT_THAT(pickle.err, HasSubstr("`rap models import-lora --help` says what it takes"));
  const Outcome missing = rap({"models", "merge", "--base", base_, "--lora", "none.gguf", merged_});
  EXPECT_EQ(missing.code, ExitCode::kNotFound);
  EXPECT_THAT(missing.err, HasSubstr("there is no file 'none.gguf'; check the path"));
  const Outcome other_type = rap({"models", "merge", "--base", base_, "--lora", base_, "--type", "Q2", merged_});
  EXPECT_EQ(other_type.code, ExitCode::kUsage);
  const Outcome no_adapter = rap({"models", "merge", "--base", base_, "--lora", base_, merged_});
  EXPECT_EQ(no_adapter.code, ExitCode::kFailure);
  EXPECT_THAT(no_adapter.err, HasSubstr("not a LoRA adapter"));
  const Outcome blind = rap({"models", "import-projector", "mm_projector.safetensors", merged_});
  EXPECT_EQ(blind.code, ExitCode::kUsage);
  EXPECT_THAT(blind.err, HasSubstr("give its folder with --vision"));
  EXPECT_FALSE(std::filesystem::exists(merged_));
}

}  // namespace
}  // namespace rap::testing
