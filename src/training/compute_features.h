// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "rap/engines.h"
#include "rap/result.h"
#include "training/feature_store.h"
#include "training/lesson.h"

namespace rap::training {

/// Keys of all pictures that lessons name, each once; for photos that stand alone also those of
/// their mirror images, if wanted.
[[nodiscard]] std::vector<std::string> picture_keys(const std::vector<Lesson>& lessons, bool mirrored);

/// Encodes the pictures (files below `folder`) that the store does not hold yet; each costs one
/// look. `on_picture` is called after each, returning false cancels; what was computed is kept.
/// kCancelled, or what decoding fails with, naming the file.
[[nodiscard]] Result<void> compute_features(const std::vector<std::string>& keys, const std::filesystem::path& folder,
                                            const Encoder& encoder, FeatureStore& store,
                                            const std::function<bool()>& on_picture);

}  // namespace rap::training
