// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/aligned_floats.h"
#include "core/byte_products.h"
#include "core/dot_products.h"
#include "rap/types.h"
#include "retrieval/name_index.h"
#include "retrieval/view_scores.h"

namespace rap {

/// Whether a concept may be looked for in photos: not if consent was refused.
[[nodiscard]] bool is_searchable(const Concept& known);

/// One owner's concepts at one revision, laid out for search: a contiguous matrix of view
/// embeddings and an index of names. Immutable; share it between threads.
class Gallery {
 public:
  /// Gives the embeddings of a view by its embedding_key(), one or more rows of `dimensions` floats;
  /// empty = this view cannot be searched.
  using Lookup = std::function<std::span<const float>(const std::string& embedding_key)>;

  Gallery(std::uint64_t revision, std::vector<Concept> concepts, std::size_t dimensions, const Lookup& lookup);

  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }
  [[nodiscard]] const std::vector<Concept>& concepts() const noexcept { return concepts_; }
  [[nodiscard]] const NameIndex& names() const noexcept { return names_; }

  /// The concept with this id, or null. Valid as long as the gallery.
  [[nodiscard]] const Concept* find(const std::string& id) const;

  /// Where in concepts() it stands; none for an unknown id.
  [[nodiscard]] std::optional<std::size_t> index_of(const std::string& id) const;

  /// Row r of this matrix says rows()[r] about concepts()[rows()[r].concept_index]: first the confirmed views,
  /// then the learnt ones and counter-examples, concept by concept.
  [[nodiscard]] MatrixView views() const noexcept;
  [[nodiscard]] std::span<const ViewRow> rows() const noexcept { return rows_; }

  /// How many of the rows are confirmed views.
  [[nodiscard]] std::size_t confirmed() const noexcept { return confirmed_; }

  /// These as bytes; null where the CPU has no use for them (see has_fast_byte_products()).
  [[nodiscard]] const BytePanels* confirmed_bytes() const noexcept { return bytes_ ? &*bytes_ : nullptr; }

  /// The rows of one view of this gallery, or empty.
  [[nodiscard]] std::span<const float> embeddings(const std::string& embedding_key) const;

 private:
  void add_rows(std::size_t concept_index, const View& view, const Lookup& lookup);
  void vouch();

  std::uint64_t revision_;
  std::vector<Concept> concepts_;
  NameIndex names_;
  std::size_t dimensions_;
  AlignedFloats values_;
  std::vector<ViewRow> rows_;
  std::size_t confirmed_ = 0;
  std::optional<BytePanels> bytes_;
  struct Rows {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  std::unordered_map<std::string, Rows> rows_of_view_;
  std::unordered_map<std::string, std::size_t> concept_of_id_;
};

}  // namespace rap
