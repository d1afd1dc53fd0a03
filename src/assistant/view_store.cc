// SPDX-License-Identifier: Apache-2.0
#include "assistant/view_store.h"

#include "assistant/gallery_cache.h"
#include "retrieval/learnt_view.h"
#include "retrieval/regions.h"

namespace rap {

bool fits(const Generator& generator, const Encoder& encoder) {
  const GeneratorInfo& info = generator.info();
  return !info.reads_features || info.feature_channels == 0 || info.feature_channels == encoder.channels();
}

ViewStore::ViewStore(Memory& memory, const Encoder& encoder, const Generator* generator)
    : memory_(memory), encoder_(encoder), generator_(generator) {}

Result<void> ViewStore::keep(const Owner& owner, const Look& look) {
  if (auto kept = keep_embeddings(owner, look.key, embed_view(look.features, encoder_.head()).values); !kept)
    return kept;
  if (generator_ == nullptr || !generator_->info().reads_features || !fits(*generator_, encoder_)) return {};
  auto picture = picture_of(look);
  if (!picture) return Unexpected{picture.error()};
  return keep_picture(owner, *picture);
}

Result<void> ViewStore::keep_learnt(const Owner& owner, const View& view, Look& photo) {
  const auto embeddings = embed_learnt(view, photo);
  if (!embeddings) return Unexpected{embeddings.error()};
  return keep_embeddings(owner, embedding_key(view), *embeddings);
}

Result<std::vector<float>> ViewStore::embed_learnt(const View& view, Look& photo) const {
  if (const auto looked = look_finely(encoder_, photo); !looked) return Unexpected{looked.error()};
  return embed_learnt_view(photo.features, photo.fine ? &*photo.fine : nullptr, encoder_.head(), view.box);
}

Result<std::vector<float>> ViewStore::embeddings(const Owner& owner, const View& view) {
  const DerivedKey key{embedding_key(view), embedding_space(encoder_).fingerprint};
  auto kept = memory_.derived(owner, key);
  if (!kept) return Unexpected{kept.error()};
  if (*kept) return embeddings_from_bytes(**kept);
  const bool is_learnt = view.provenance == Provenance::kLearnt;
  auto look = look_again(owner, view.photo, is_learnt ? std::nullopt : view.box, true);
  if (!look) return Unexpected{look.error()};
  if (!is_learnt) {
    if (auto stored = keep(owner, *look); !stored) return Unexpected{stored.error()};
    return embed_view(look->features, encoder_.head()).numbers();
  }
  auto learnt = embed_learnt(view, *look);
  if (!learnt) return learnt;
  if (auto stored = keep_embeddings(owner, key.view, *learnt); !stored) return Unexpected{stored.error()};
  return learnt;
}

Result<Picture> ViewStore::picture(const Owner& owner, const View& view) {
  const std::string key = view_key(view.photo, view.box);
  const std::string fingerprint = picture_fingerprint();
  if (!fingerprint.empty()) {
    auto kept = memory_.derived(owner, {key, fingerprint});
    if (!kept) return Unexpected{kept.error()};
    if (*kept) return Picture{key, std::make_shared<const Bytes>(std::move(**kept))};
  }
  const auto look = look_again(owner, view.photo, view.box, generator_->info().reads_features);
  if (!look) return Unexpected{look.error()};
  auto picture = picture_of(*look);
  if (!picture) return picture;
  if (auto stored = keep_picture(owner, *picture); !stored) return Unexpected{stored.error()};
  return picture;
}

Result<Picture> ViewStore::picture_of(const Look& look) const {
  auto encoded = generator_->encode_picture(look.image, look.features.maps.empty() ? nullptr : &look.features.scene());
  if (!encoded) return Unexpected{encoded.error()};
  return Picture{look.key, std::make_shared<const Bytes>(std::move(*encoded))};
}

Result<Look> ViewStore::look_again(const Owner& owner, std::string_view sha256, const std::optional<Box>& box,
                                   bool encode) const {
  const auto photo = stored_photo(memory_, owner, sha256);
  if (!photo) return Unexpected{photo.error()};
  return encode ? look_at(encoder_, *photo, box) : decode_look(*photo, box);
}

std::string ViewStore::picture_fingerprint() const {
  const GeneratorInfo& info = generator_->info();
  if (info.picture_fingerprint.empty() || !info.reads_features) return info.picture_fingerprint;
  return encoder_.fingerprint() + "+" + info.picture_fingerprint;
}

Result<void> ViewStore::keep_embeddings(const Owner& owner, const std::string& key, std::span<const float> embeddings) {
  return memory_.keep_derived(owner, {key, embedding_space(encoder_).fingerprint}, embeddings_to_bytes(embeddings));
}

Result<void> ViewStore::keep_picture(const Owner& owner, const Picture& picture) {
  const std::string fingerprint = picture_fingerprint();
  if (fingerprint.empty()) return {};
  return memory_.keep_derived(owner, {picture.key, fingerprint}, *picture.encoded);
}

}  // namespace rap
