// SPDX-License-Identifier: Apache-2.0
// What is in a set, in numbers and on a page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "dataset/conversation.h"
#include "rap/result.h"

namespace rap::dataset {

/// How often each value of something occurs.
using Counts = std::map<std::string, std::size_t>;

/// How often each length occurs, in words.
using Lengths = std::map<std::size_t, std::size_t>;

/// Photos of one source that are trained on.
struct TrainingSource {
  std::string source;
  std::string licence;
  std::size_t photos = 0;
};

struct Statistics {
  std::string name;  ///< of the recipe
  std::uint64_t seed = 0;
  std::size_t conversations = 0;
  std::size_t contexts = 0;
  Counts by_type;
  Counts by_split;
  Counts by_source;
  Counts by_type_and_split;  ///< "caption/train"
  Counts cards;              ///< contexts by how many cards they have: "0" to "5"
  Counts mixture;      ///< contexts: "no cards", "text only", "right", "right and wrong", "only wrong", "several right"
  Counts recognition;  ///< "yes", "no"
  Counts seen_right;   ///< what retrieval says of right cards: "yes", "maybe", "no"
  Counts seen_wrong;
  Counts categories;      ///< of cards, one count a context
  std::size_t names = 0;  ///< distinct
  Counts common_names;    ///< the twenty most frequent
  Lengths question_words;
  Lengths answer_words;
  Counts photos_by_source;  ///< "flickr8k/train"
  Counts licences;          ///< photos of each
  std::vector<TrainingSource> training_sources;
};

/// Counts what the set in `folder` holds. Fails like read_conversations().
[[nodiscard]] Result<Statistics> count_set(const std::filesystem::path& folder);

/// Writes stats.json: every member of the same name.
[[nodiscard]] std::string to_json(const Statistics& statistics);

/// Makes one HTML page without scripts: tables, plots as SVG, and of each kind of conversation some
/// samples with small pictures inside the page. Pictures of the set are in it, so it is for the
/// maker's eyes where their licence forbids passing them on; without samples it holds numbers only.
[[nodiscard]] Result<std::string> to_page(const Statistics& statistics, const std::filesystem::path& folder,
                                          std::size_t samples_per_type);

}  // namespace rap::dataset
