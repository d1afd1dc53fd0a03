// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "rap/memory.h"
#include "retrieval/gallery.h"
#include "retrieval/regions.h"

namespace rap {

/// Keeps one gallery per owner and renews it when the owner's revision has moved, whoever wrote.
/// Thread-safe.
class GalleryCache {
 public:
  /// Makes (and keeps) the embeddings of a view that has none yet.
  using EmbedView = std::function<Result<std::vector<float>>(const Owner&, const View&)>;

  GalleryCache(const Memory& memory, EmbeddingSpace space, EmbedView embed_view);

  /// The gallery of the owner's present revision.
  [[nodiscard]] Result<std::shared_ptr<const Gallery>> get(const Owner& owner);

 private:
  [[nodiscard]] Result<std::shared_ptr<const Gallery>> build(const Owner& owner, std::uint64_t revision,
                                                             const Gallery* previous) const;

  const Memory& memory_;
  const EmbeddingSpace space_;
  const EmbedView embed_view_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Gallery>> galleries_;  // by owner id; guarded by mutex_
};

/// Embeddings as they are kept in the memory: float32, little-endian as on every supported CPU.
[[nodiscard]] Bytes embeddings_to_bytes(std::span<const float> embedding);
[[nodiscard]] std::vector<float> embeddings_from_bytes(std::span<const std::byte> bytes);

}  // namespace rap
