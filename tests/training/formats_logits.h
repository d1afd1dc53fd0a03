// SPDX-License-Identifier: Apache-2.0
// What llama.cpp makes of weight files.
#pragma once

#include <filesystem>
#include <vector>

namespace rap::training::testing {

/// The logits that a model gives after `tokens`, with an adapter unless its path is empty. Empty
/// if llama.cpp cannot load one of the files.
[[nodiscard]] std::vector<float> logits_of(const std::filesystem::path& model, const std::filesystem::path& adapter,
                                           const std::vector<int>& tokens);

/// The same after each of the tokens.
[[nodiscard]] std::vector<std::vector<float>> all_logits_of(const std::filesystem::path& model,
                                                            const std::filesystem::path& adapter,
                                                            const std::vector<int>& tokens);

/// Cosine of the angle between two lists of numbers; 0 where their lengths differ or are 0.
[[nodiscard]] double cosine(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace rap::training::testing
