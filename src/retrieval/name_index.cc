// SPDX-License-Identifier: Apache-2.0
#include "retrieval/name_index.h"

#include <algorithm>
#include <unordered_set>

#include "core/text.h"

namespace rap {
namespace {

struct Mention {
  std::size_t concept_index = 0;
  TextSpan span;
};

bool contains(const TextSpan& outer, const TextSpan& inner) {
  return outer.begin <= inner.begin && inner.end <= outer.end && (outer.end - outer.begin) > (inner.end - inner.begin);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

NameIndex::NameIndex(std::span<const Concept> concepts) {
  for (std::size_t i = 0; i < concepts.size(); ++i) {
    add(i, concepts[i].name);
    for (const std::string& alias : concepts[i].aliases) add(i, alias);
  }
}

void NameIndex::add(std::size_t concept_index, const std::string& name) {
  const std::size_t entry = entries_.size();
  entries_.push_back({concept_index, name});
  const auto name_words = words(name);
  // Beyond ASCII a name may stand inside a run of letters (see find_name), so that looking up the
  // words of a text would miss it.
  if (name_words.empty() || !is_ascii(fold(name))) {
    without_words_.push_back(entry);
  } else {
    by_first_word_[name_words.front()].push_back(entry);
  }
}

std::vector<std::size_t> NameIndex::mentioned(std::string_view text) const {
  std::vector<Mention> mentions;
  const auto look_for = [&](std::size_t entry) {
    for (const TextSpan& span : find_name(text, entries_[entry].name)) {
      mentions.push_back({entries_[entry].concept_index, span});
    }
  };
  const auto text_words = words(text);
  for (const std::string& word : std::unordered_set<std::string>(text_words.begin(), text_words.end())) {
    const auto found = by_first_word_.find(word);
    if (found != by_first_word_.end()) std::for_each(found->second.begin(), found->second.end(), look_for);
  }
  std::for_each(without_words_.begin(), without_words_.end(), look_for);

  std::vector<std::size_t> result;
  for (const Mention& mention : mentions) {
    const bool is_part_of_another = std::any_of(mentions.begin(), mentions.end(), [&](const Mention& other) {
      return other.concept_index != mention.concept_index && contains(other.span, mention.span);
    });
    if (!is_part_of_another) result.push_back(mention.concept_index);
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

}  // namespace rap
