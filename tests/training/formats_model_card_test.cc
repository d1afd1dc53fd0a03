// SPDX-License-Identifier: Apache-2.0
#include "training/formats/model_card.h"

#include <gtest/gtest.h>

namespace rap::training {
namespace {

TEST(ModelCardTest, SaysAllThereIsToSay) {
  ModelCard card;
  card.name = "rap-smol-135m";
  card.summary = "A small personalised\nvision language model.";
  card.files = {{"rap-smol-135m-lora.gguf", 19'566'752, "8112cb"}};
  card.bases = {{"SmolLM2-135M-Instruct", "Apache-2.0", "Q4_1, frozen"}};
  card.data = {{"Flickr8k", "research only", "training captions"}, {"own photos", "CC0", ""}};
  card.terms = "Use it for research.";
  card.recipe = {{"lora_r", "32"}, {"loss | mask", "answers only"}};
  card.figures = {{"BLEU-4", "0.21 [0.20, 0.22]", "0.04"}, {"wrong name", "3 %", ""}};
  card.limits = "It sees dogs well and objects poorly.";
  card.commands = {"rap dataset build --recipe mini.toml", "rap train --recipe smol.toml"};
  EXPECT_EQ(markdown(card), R"(# rap-smol-135m

A small personalised vision language model.

## Files

| file | bytes | sha256 |
|---|---|---|
| `rap-smol-135m-lora.gguf` | 19,566,752 | `8112cb` |

## Base

| name | licence | |
|---|---|---|
| SmolLM2-135M-Instruct | Apache-2.0 | Q4_1, frozen |

## Data

| name | licence | |
|---|---|---|
| Flickr8k | research only | training captions |
| own photos | CC0 | |

## Terms

Use it for research.

## Training

| setting | value |
|---|---|
| lora_r | 32 |
| loss \| mask | answers only |

## Figures

| figure | value | control |
|---|---|---|
| BLEU-4 | 0.21 [0.20, 0.22] | 0.04 |
| wrong name | 3 % | |

## Limits

It sees dogs well and objects poorly.

## How it was made

```sh
rap dataset build --recipe mini.toml
rap train --recipe smol.toml
```
)");
}

TEST(ModelCardTest, LeavesOutWhatIsNotKnown) {
  ModelCard card;
  card.name = "bare";
  EXPECT_EQ(markdown(card), "# bare\n");
}

}  // namespace
}  // namespace rap::training
