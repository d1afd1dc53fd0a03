// SPDX-License-Identifier: Apache-2.0
#include "training/recipe.h"

#include <gtest/gtest.h>

namespace rap::training {
namespace {

constexpr char kSmall[] = R"(
name = "model"
base = "base.gguf"
lora_r = 16
[[stage]]
name = "captions"
epochs = 2
learning_rate = 1e-3
[stage.share]
caption = 1.0
chat = 0.25
)";

TEST(Recipe, ReadsKeysAndKeepsDefaults) {
  const auto recipe = parse_recipe(kSmall, "small.toml");
  ASSERT_TRUE(recipe) << recipe.error().message;
  EXPECT_EQ(recipe->base, "base.gguf");
  EXPECT_EQ(recipe->lora_r, 16);
  EXPECT_EQ(recipe->lora_alpha, Recipe{}.lora_alpha);
  ASSERT_EQ(recipe->stages.size(), 1U);
  EXPECT_EQ(recipe->stages[0].epochs, 2.0);
  EXPECT_EQ(recipe->stages[0].share.at(dataset::TaskType::kChat), 0.25);
}

struct Wrong {
  const char* name;
  const char* text;
  const char* told;  ///< part of the message
};

class WrongRecipes : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongRecipes, AreExplained) {
  const auto recipe = parse_recipe(GetParam().text, "wrong.toml");
  ASSERT_FALSE(recipe);
  EXPECT_NE(recipe.error().message.find(GetParam().told), std::string::npos) << recipe.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Recipe, WrongRecipes,
    ::testing::Values(Wrong{"syntax", "name = \n", "line 1"},
                      Wrong{"no_base", "name='x'\n[[stage]]\nname='s'\n", "base"},
                      Wrong{"no_stage", "name='x'\nbase='b'\n", "stage"},
                      Wrong{"unknown", "name='x'\nbase='b'\nlora_rank=3\n[[stage]]\nname='s'\n", "lora_rank"},
                      Wrong{"range", "name='x'\nbase='b'\nlora_r=0\n[[stage]]\nname='s'\n", "lora_r"},
                      Wrong{"fraction", "name='x'\nbase='b'\ngrid=2.5\n[[stage]]\nname='s'\n", "grid"},
                      Wrong{"type", "name='x'\nbase='b'\n[[stage]]\nname='s'\nepochs='many'\n", "stage[0].epochs"},
                      Wrong{"task", "name='x'\nbase='b'\n[[stage]]\nname='s'\n[stage.share]\nsinging=1.0\n", "singing"},
                      Wrong{"layout", "name='x'\nbase='b'\nlayout='other'\n[[stage]]\nname='s'\n", "layout"}),
    [](const auto& wrong) { return wrong.param.name; });

}  // namespace
}  // namespace rap::training
