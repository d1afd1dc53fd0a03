// SPDX-License-Identifier: Apache-2.0
#include "retrieval/gallery.h"

#include "rap/memory.h"

namespace rap {

bool is_searchable(const Concept& known) { return known.consent != Consent::kRefused; }

Gallery::Gallery(std::uint64_t revision, std::vector<Concept> concepts, std::size_t dimensions, const Lookup& lookup)
    : revision_(revision), concepts_(std::move(concepts)), names_(concepts_), dimensions_(dimensions) {
  for (std::size_t i = 0; i < concepts_.size(); ++i) {
    concept_of_id_.emplace(concepts_[i].id, i);
    if (!is_searchable(concepts_[i])) continue;
    for (const View& view : concepts_[i].views) {
      const std::string key = view_key(view.photo, view.box);
      const std::span<const float> rows = lookup(key);
      if (rows.empty() || rows.size() % dimensions_ != 0) continue;
      const std::size_t count = rows.size() / dimensions_;
      rows_of_view_.emplace(key, Rows{concept_of_row_.size(), count});
      concept_of_row_.insert(concept_of_row_.end(), count, i);
      values_.insert(values_.end(), rows.begin(), rows.end());
    }
  }
}

const Concept* Gallery::find(const std::string& id) const {
  const auto found = concept_of_id_.find(id);
  return found == concept_of_id_.end() ? nullptr : &concepts_[found->second];
}

MatrixView Gallery::views() const noexcept { return {values_.data(), concept_of_row_.size(), dimensions_}; }

std::span<const float> Gallery::embeddings(const std::string& view_key) const {
  const auto found = rows_of_view_.find(view_key);
  if (found == rows_of_view_.end()) return {};
  const Rows& rows = found->second;
  return {values_.data() + rows.first * dimensions_, rows.count * dimensions_};
}

}  // namespace rap
