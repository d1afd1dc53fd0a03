// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rap/assistant.h"
#include "rap/engines.h"
#include "rap/types.h"

namespace rap {

/// What retrieval says about a card's concept and the photo that is asked about.
struct Seen {
  double probability = 0.0;   ///< that the photo shows it, [0, 1]
  std::optional<Box> region;  ///< where, if anywhere
};

/// What the MLLM is told about one concept.
struct Card {
  std::string name;
  std::string category;
  std::string info;
  std::map<std::string, std::string> attributes;
  std::optional<Picture> picture;  ///< the avatar
  std::optional<Seen> seen;        ///< none without a photo
};

/// Everything an answer is made from.
struct PromptInput {
  PromptLayout layout = PromptLayout::kRap;
  std::vector<Picture> photos;  ///< more than one only where reads_several_photos(layout)
  std::vector<Card> cards;
  std::vector<Turn> turns;   ///< oldest first; become earlier messages
  std::string instructions;  ///< the application's, or empty; kLabelled only
  std::string question;
};

/// Builds the prompt: a pure function, the same in training and in serving.
/// Layout kRap (arXiv 2410.13360, section 3.3): `<picture>\n`, then for card k = 1, 2, ...
/// `k.<picture>\nName: N, Info: I\n`, then the question. Photo and cards stand in the last user
/// message. Layout kRapSeen adds a line to each card of a question with a photo (see seen_text()).
[[nodiscard]] Prompt build_prompt(const PromptInput& input);

/// What the MLLM reads of `seen`: "yes [x1,y1,x2,y2]", "maybe [...]" or "no", the region's edges
/// in percent of the photo's width and height. "yes" from a probability of 0.5, "maybe" from 0.15.
[[nodiscard]] std::string seen_text(const Seen& seen);

/// Whether models of this layout understand several photos in one prompt.
[[nodiscard]] constexpr bool reads_several_photos(PromptLayout layout) { return layout == PromptLayout::kLabelled; }

/// Whether models of this layout were taught to follow instructions, and questions about captions in any words.
[[nodiscard]] constexpr bool follows_instructions(PromptLayout layout) { return layout == PromptLayout::kLabelled; }

/// The layout that manifests and recipes call `word`: "rap", "rap-seen" or "labelled".
[[nodiscard]] std::optional<PromptLayout> layout_of(std::string_view word);

/// The word for a role in chat templates and chat protocols: "system", "user", "assistant".
[[nodiscard]] const char* role_name(Role role);

}  // namespace rap
