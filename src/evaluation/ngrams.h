// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "evaluation/caption_words.h"

namespace rap::evaluation {

/// The longest n-grams that BLEU and CIDEr count.
inline constexpr std::size_t kOrders = 4;

/// How often each n-gram of one length occurs; its words are joined by spaces.
using NgramCounts = std::unordered_map<std::string, int>;

/// The n-grams of a text: element n - 1 holds those of n words.
using Ngrams = std::array<NgramCounts, kOrders>;

[[nodiscard]] Ngrams count_ngrams(const Words& words);

}  // namespace rap::evaluation
