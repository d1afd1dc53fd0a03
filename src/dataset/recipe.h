// SPDX-License-Identifier: Apache-2.0
// A recipe: everything a set is made from but the photos. A TOML file (docs/dataset.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/collect.h"
#include "dataset/crop.h"
#include "dataset/split.h"
#include "dataset/synthesise.h"
#include "rap/result.h"

namespace rap::dataset {

struct Recipe {
  std::string name;
  std::uint64_t seed = 1;
  std::vector<Source> sources;
  std::vector<HeldOutShare> held_out;
  CollectOptions collect;
  CropOptions crop;
  SynthesisOptions synthesis;
};

/// Reads a recipe. Its paths are relative to `data`, that of the chat to the recipe's own folder.
/// Every key must be known, so a misspelt one is not ignored. Fails with kNotFound, kCorrupt (not
/// TOML; the message has line and column) or kInvalidArgument (`field` is the key, for example
/// "source[2].kind").
[[nodiscard]] Result<Recipe> read_recipe(const std::filesystem::path& file, const std::filesystem::path& data);

}  // namespace rap::dataset
