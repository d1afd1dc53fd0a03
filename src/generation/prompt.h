// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rap/assistant.h"
#include "rap/engines.h"

namespace rap {

/// What the MLLM is told about one concept.
struct Card {
  std::string name;
  std::string category;
  std::string info;
  std::map<std::string, std::string> attributes;
  std::optional<Picture> picture;  ///< the avatar
};

/// Everything an answer is made from.
struct PromptInput {
  PromptLayout layout = PromptLayout::kRap;
  std::optional<Picture> photo;
  std::vector<Card> cards;
  std::vector<Turn> turns;  ///< oldest first; become earlier messages
  std::string question;
};

/// Builds the prompt: a pure function, the same in training and in serving.
/// Layout kRap (arXiv 2410.13360, section 3.3): `<picture>\n`, then for card k = 1, 2, ...
/// `k.<picture>\nName: N, Info: I\n`, then the question. Photo and cards stand in the last user
/// message.
[[nodiscard]] Prompt build_prompt(const PromptInput& input);

/// The word for a role in chat templates and chat protocols: "system", "user", "assistant".
[[nodiscard]] const char* role_name(Role role);

}  // namespace rap
