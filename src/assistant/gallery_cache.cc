// SPDX-License-Identifier: Apache-2.0
#include "assistant/gallery_cache.h"

#include <cstring>

#include "retrieval/learnt_view.h"

namespace rap {
namespace {

constexpr std::size_t kPage = 1000;

Result<std::vector<Concept>> list_all(const Memory& memory, const Owner& owner) {
  std::vector<Concept> all;
  while (true) {
    auto page = memory.list(owner, {.after_id = all.empty() ? std::string() : all.back().id, .limit = kPage});
    if (!page) return Unexpected{page.error()};
    const bool is_last = page->size() < kPage;
    std::move(page->begin(), page->end(), std::back_inserter(all));
    if (is_last) return all;
  }
}

}  // namespace

Bytes embeddings_to_bytes(std::span<const float> embedding) {
  const auto bytes = std::as_bytes(embedding);
  return {bytes.begin(), bytes.end()};
}

std::vector<float> embeddings_from_bytes(std::span<const std::byte> bytes) {
  std::vector<float> embedding(bytes.size() / sizeof(float));
  std::memcpy(embedding.data(), bytes.data(), embedding.size() * sizeof(float));
  return embedding;
}

GalleryCache::GalleryCache(const Memory& memory, EmbeddingSpace space, EmbedView embed_view)
    : memory_(memory), space_(std::move(space)), embed_view_(std::move(embed_view)) {}

Result<std::shared_ptr<const Gallery>> GalleryCache::get(const Owner& owner) {
  const std::lock_guard lock(mutex_);
  const auto revision = memory_.revision(owner);
  if (!revision) return Unexpected{revision.error()};
  auto& gallery = galleries_[owner.id];
  if (gallery && gallery->revision() == *revision) return gallery;
  auto fresh = build(owner, *revision, gallery.get());
  if (fresh) gallery = *fresh;
  return fresh;
}

Result<std::shared_ptr<const Gallery>> GalleryCache::build(const Owner& owner, std::uint64_t revision,
                                                           const Gallery* previous) const {
  auto concepts = list_all(memory_, owner);
  if (!concepts) return Unexpected{concepts.error()};

  // The first gallery reads all embeddings at once; a renewed one takes them from its predecessor.
  std::unordered_map<std::string, std::vector<float>> loaded;
  if (previous == nullptr) {
    auto stored = memory_.derived_all(owner, space_.fingerprint);
    if (!stored) return Unexpected{stored.error()};
    for (const auto& [key, bytes] : *stored) loaded.emplace(key, embeddings_from_bytes(bytes));
  }
  for (const Concept& known : *concepts) {
    if (!is_searchable(known)) continue;
    for (const View& view : known.views) {
      const std::string key = embedding_key(view);
      if (loaded.contains(key) || (previous != nullptr && !previous->embeddings(key).empty())) continue;
      auto embedding = embed_view_(owner, view);
      if (!embedding) return Unexpected{embedding.error()};
      loaded.emplace(key, std::move(*embedding));
    }
  }
  const auto lookup = [&](const std::string& key) -> std::span<const float> {
    const auto found = loaded.find(key);
    if (found != loaded.end()) return found->second;
    return previous != nullptr ? previous->embeddings(key) : std::span<const float>();
  };
  return std::shared_ptr<const Gallery>(
      std::make_shared<Gallery>(revision, std::move(*concepts), space_.dimensions, lookup));
}

}  // namespace rap
