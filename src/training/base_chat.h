// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dataset/conversation.h"
#include "rap/result.h"

namespace rap::training {

/// Conversations without photos in which the untrained base answers `questions` itself, greedily.
/// Trained along with the rest they keep the adapter from unlearning how to chat (self-
/// distillation). Answers are kept in the file `cache` (dataset/record_cache.h): what is there is not asked again.
/// `on_answer` is called after each; returning false cancels. kNotFound, kCorrupt, kCancelled.
[[nodiscard]] Result<std::vector<dataset::Conversation>> chat_of_base(const std::filesystem::path& base,
                                                                      const std::string& chat_template,
                                                                      const std::vector<std::string>& questions,
                                                                      const std::filesystem::path& cache,
                                                                      const std::function<bool()>& on_answer);

}  // namespace rap::training
