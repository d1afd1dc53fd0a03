// SPDX-License-Identifier: Apache-2.0
// One conversation in the shapes of RAP-260K and LLaVA. Pure functions.
#pragma once

#include <nlohmann/json.hpp>

#include "dataset/conversation.h"
#include "rap/result.h"

namespace rap::dataset {

/// See export_rap(). A card's attributes become part of its `info`, as prompts tell them.
[[nodiscard]] nlohmann::ordered_json to_rap(const Conversation& conversation);
[[nodiscard]] nlohmann::ordered_json to_llava(const Conversation& conversation);

/// Reads either shape, published or written by the functions above. `image` may be one path or a
/// list, in which the cards' pictures follow the photo; without `extra` such a list's cards are read
/// out of the question. RAP-260K's own words for types (and none) are understood as far as they have
/// a counterpart; others become visual_qa, text_qa or chat by what the conversation has. `position`
/// names an entry without id. Errors: kCorrupt.
[[nodiscard]] Result<Conversation> from_rap(const nlohmann::ordered_json& json, std::size_t position);

}  // namespace rap::dataset
