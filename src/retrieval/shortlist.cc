// SPDX-License-Identifier: Apache-2.0
#include "retrieval/shortlist.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>

#include "core/byte_products.h"
#include "core/dot_products.h"
#include "core/parallel.h"

namespace rap {
namespace {

constexpr std::size_t kPanelsAtOnce = 16;  ///< whose similarities are made before they are used
constexpr std::size_t kViewsAtOnce = kPanelsAtOnce * BytePanels::kPanelRows;
constexpr float kHair = 1e-5F;  ///< by which the order of additions changes a similarity, at most

/// About how alike a concept is to a region.
struct Hit {
  std::size_t concept_index = 0;
  float similarity = 0.0F;
};

/// What may matter in one region, found in one pass over the views. `error`: similarities are off by so much at most.
class RegionSearch {
 public:
  RegionSearch(const Relevance& relevance, float error) : relevance_(relevance), error_(error) {}

  /// Takes the similarities of the next views. Views of one concept follow each other.
  void add(std::span<const float> similarities, std::span<const ViewRow> rows) {
    // Seldom is anything there: the fast way out.
    if (std::ranges::max(similarities) < cut()) return;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (pending_ && pending_->concept_index == rows[i].concept_index) {
        pending_->similarity = std::max(pending_->similarity, similarities[i]);
      } else {
        settle();
        pending_ = Hit{rows[i].concept_index, similarities[i]};
      }
    }
  }

  /// After the last views: marks the concepts that may matter.
  void finish(std::vector<char>& is_listed) {
    settle();
    const bool matters = !best_.empty() && *std::ranges::max_element(best_) + error_ >= relevance_.least;
    if (!matters) return;
    for (const Hit& hit : hits_) {
      if (hit.similarity >= cut()) is_listed[hit.concept_index] = 1;
    }
  }

 private:
  /// Below this a similarity surely is none that matters.
  [[nodiscard]] float cut() const {
    const float rival = relevance_.rival - error_;
    return best_.size() < relevance_.places ? rival : std::max(rival, best_.front() - 2.0F * error_);
  }

  void settle() {
    if (!pending_ || pending_->similarity < cut()) return;
    hits_.push_back(*pending_);
    best_.push_back(pending_->similarity);
    std::ranges::push_heap(best_, std::greater<>());
    if (best_.size() <= relevance_.places) return;
    std::ranges::pop_heap(best_, std::greater<>());
    best_.pop_back();
  }

  const Relevance& relevance_;
  float error_;
  std::optional<Hit> pending_;  ///< the concept whose views are being added
  std::vector<Hit> hits_;
  std::vector<float> best_;  ///< similarities of the best `places`, a heap with the least of them in front
};

/// The confirmed rows of a gallery that are compared with the regions of a photo, some regions a call.
class CoarseSearch {
 public:
  CoarseSearch(const Gallery& gallery, const Regions& regions, const Relevance& relevance)
      : gallery_(gallery), regions_(regions), relevance_(relevance) {
    if (gallery.confirmed_bytes() != nullptr) bytes_ = to_bytes(regions.embeddings());
  }

  /// Marks the concepts that may matter in the regions [first, last).
  void mark(const RowRange& range, std::vector<char>& is_listed) const {
    std::vector<RegionSearch> searches;
    for (std::size_t region = range.first; region < range.last; ++region) {
      searches.emplace_back(relevance_, error(region));
    }
    std::vector<float> similarities(searches.size() * kViewsAtOnce);
    const std::size_t views = gallery_.confirmed();
    for (std::size_t first = 0; first < views; first += kViewsAtOnce) {
      const std::size_t count = std::min(kViewsAtOnce, views - first);
      const std::size_t stride = compare(range, first, count, similarities);
      for (std::size_t i = 0; i < searches.size(); ++i) {
        searches[i].add({similarities.data() + i * stride, count}, gallery_.rows().subspan(first, count));
      }
    }
    for (RegionSearch& search : searches) search.finish(is_listed);
  }

 private:
  [[nodiscard]] float error(std::size_t region) const {
    if (!bytes_) return kHair;
    return kHair + byte_product_error(bytes_->errors[region], gallery_.confirmed_bytes()->error());
  }

  /// Writes the similarities of some regions with some views, row by row; returns how many numbers a row has.
  std::size_t compare(const RowRange& range, std::size_t first, std::size_t count, std::span<float> to) const {
    if (bytes_) {
      const std::size_t panel = first / BytePanels::kPanelRows;
      const RowRange panels{panel, std::min(panel + kPanelsAtOnce, gallery_.confirmed_bytes()->panels())};
      byte_products(*bytes_, range, *gallery_.confirmed_bytes(), panels, to);
      return (panels.last - panels.first) * BytePanels::kPanelRows;
    }
    const MatrixView views = gallery_.views();
    dot_products({regions_.embeddings().row(range.first), range.last - range.first, views.columns},
                 {views.row(first), count, views.columns}, to);
    return count;
  }

  const Gallery& gallery_;
  const Regions& regions_;
  const Relevance& relevance_;
  std::optional<ByteRows> bytes_;  ///< of the regions
};

}  // namespace

std::vector<std::size_t> shortlist(const Gallery& gallery, const Regions& regions, const Relevance& relevance,
                                   int threads) {
  const std::size_t concepts = gallery.concepts().size();
  std::vector<std::size_t> listed;
  if (concepts <= relevance.places) {
    listed.resize(concepts);
    std::iota(listed.begin(), listed.end(), std::size_t{0});
    return listed;
  }
  std::vector<char> is_listed(concepts, 0);
  for (const ViewRow& row : gallery.rows().subspan(gallery.confirmed())) is_listed[row.concept_index] = 1;
  const CoarseSearch search(gallery, regions, relevance);
  std::mutex mutex;  // guards is_listed
  in_parallel(regions.boxes.size(), threads, [&](std::size_t first, std::size_t last) {
    std::vector<char> found(concepts, 0);
    search.mark({first, last}, found);
    const std::lock_guard lock(mutex);
    std::ranges::transform(is_listed, found, is_listed.begin(), std::bit_or<>());
  });
  for (std::size_t i = 0; i < concepts; ++i) {
    if (is_listed[i] != 0) listed.push_back(i);
  }
  return listed;
}

}  // namespace rap
