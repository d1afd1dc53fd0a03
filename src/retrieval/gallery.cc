// SPDX-License-Identifier: Apache-2.0
#include "retrieval/gallery.h"

#include <algorithm>

#include "retrieval/learnt_view.h"

namespace rap {

bool is_searchable(const Concept& known) { return known.consent != Consent::kRefused; }

Gallery::Gallery(std::uint64_t revision, std::vector<Concept> concepts, std::size_t dimensions, const Lookup& lookup)
    : revision_(revision), concepts_(std::move(concepts)), names_(concepts_), dimensions_(dimensions) {
  for (std::size_t i = 0; i < concepts_.size(); ++i) concept_of_id_.emplace(concepts_[i].id, i);
  for (const Provenance provenance : {Provenance::kConfirmed, Provenance::kLearnt}) {
    for (std::size_t i = 0; i < concepts_.size(); ++i) {
      if (!is_searchable(concepts_[i])) continue;
      for (const View& view : concepts_[i].views) {
        if (view.provenance == provenance) add_rows(i, view, lookup);
      }
    }
    if (provenance == Provenance::kConfirmed) confirmed_ = rows_.size();
  }
  if (has_fast_byte_products()) bytes_.emplace(to_bytes({values_.data(), confirmed_, dimensions_}));
  vouch();
}

void Gallery::add_rows(std::size_t concept_index, const View& view, const Lookup& lookup) {
  const std::string key = embedding_key(view);
  const std::span<const float> embeddings = lookup(key);
  if (embeddings.empty() || embeddings.size() % dimensions_ != 0) return;
  const std::size_t count = embeddings.size() / dimensions_;
  rows_of_view_.emplace(key, Rows{rows_.size(), count});
  rows_.insert(rows_.end(), count, {.concept_index = concept_index, .kind = kind_of(view)});
  values_.insert(values_.end(), embeddings.begin(), embeddings.end());
}

/// Compares every learnt row with the confirmed rows of its concept, which stand together.
void Gallery::vouch() {
  const auto by_concept = [](const ViewRow& a, const ViewRow& b) { return a.concept_index < b.concept_index; };
  const auto learnt = rows_.begin() + static_cast<std::ptrdiff_t>(confirmed_);
  for (auto row = learnt; row != rows_.end(); ++row) {
    const auto [first, last] = std::equal_range(rows_.begin(), learnt, *row, by_concept);
    std::vector<float> similarities(last - first);
    dot_products({values_.data() + (row - rows_.begin()) * dimensions_, 1, dimensions_},
                 {values_.data() + (first - rows_.begin()) * dimensions_, similarities.size(), dimensions_},
                 similarities);
    row->vouched = kNoView;
    for (const float similarity : similarities) row->vouched = std::max(row->vouched, similarity);
  }
}

const Concept* Gallery::find(const std::string& id) const {
  const auto index = index_of(id);
  return index ? &concepts_[*index] : nullptr;
}

std::optional<std::size_t> Gallery::index_of(const std::string& id) const {
  const auto found = concept_of_id_.find(id);
  if (found == concept_of_id_.end()) return std::nullopt;
  return found->second;
}

MatrixView Gallery::views() const noexcept { return {values_.data(), rows_.size(), dimensions_}; }

std::span<const float> Gallery::embeddings(const std::string& embedding_key) const {
  const auto found = rows_of_view_.find(embedding_key);
  if (found == rows_of_view_.end()) return {};
  const Rows& rows = found->second;
  return {values_.data() + rows.first * dimensions_, rows.count * dimensions_};
}

}  // namespace rap
