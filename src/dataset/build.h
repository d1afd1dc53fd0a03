// SPDX-License-Identifier: Apache-2.0
// The whole pipeline: from a recipe and folders of photos to a checked set.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataset/recipe.h"
#include "dataset/validate.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap::dataset {

/// What one step did.
struct StepReport {
  std::string step;      ///< "collect", "split", "crop", "describe", "synthesise", "validate", "stats"
  bool skipped = false;  ///< nothing that it reads had changed
  std::vector<std::pair<std::string, std::size_t>> counts;
};

struct BuildReport {
  std::vector<StepReport> steps;
  ValidationReport validation;  ///< empty if that step was skipped, which it is only after it found no fault
};

/// What a build needs beside the recipe.
struct BuildTools {
  /// Opens the encoder that finds crops; called only if there are any to be found.
  std::function<Result<std::unique_ptr<Encoder>>()> open_encoder;
  /// Called as a step begins; what it returns is called as the step goes on. May be empty.
  std::function<OnStep(std::string_view step)> on_step;
};

/// Makes the set of `recipe_file` in `folder`: collects, holds out, crops, describes, synthesises,
/// validates and counts (stats.json, stats.html, dataset.json). Each step leaves a fingerprint of
/// what it read in steps.json; a later run skips the steps whose input has not changed, so a build
/// that was stopped goes on where it was. Collecting is never skipped, as only it can see new photos.
/// Fails as the steps do; faults that validation finds are reported, not an error.
[[nodiscard]] Result<BuildReport> build_set(const std::filesystem::path& recipe_file, const std::filesystem::path& data,
                                            const std::filesystem::path& folder, const BuildTools& tools);

/// Counts the set in `folder` and writes stats.json, stats.html and dataset.json.
[[nodiscard]] Result<std::size_t> write_statistics(const std::filesystem::path& folder, const std::string& name,
                                                   std::uint64_t seed, std::size_t samples_per_type);

}  // namespace rap::dataset
