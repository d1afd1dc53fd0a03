// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "assistant/look.h"
#include "rap/engines.h"
#include "rap/memory.h"

namespace rap {

/// Whether the generator, if it reads feature maps, can read those of this encoder.
[[nodiscard]] bool fits(const Generator& generator, const Encoder& encoder);

/// What is derived from stored views - embeddings for retrieval, pictures for the generator - and
/// kept in the memory, so that a stored view is not encoded again. Thread-safe.
class ViewStore {
 public:
  /// `generator` may be null. All three must outlive this object.
  ViewStore(Memory& memory, const Encoder& encoder, const Generator* generator);

  /// Keeps everything that one look at a view gives. The generator's picture is made here only if
  /// it comes from the same feature map and can be made of it: another kind would load a second
  /// encoder for nothing.
  [[nodiscard]] Result<void> keep(const Owner& owner, const Look& look);

  /// Keeps the embeddings that a look at the whole photo gives to a view that was learnt from it. Looks finely, too,
  /// for whoever asks about the photo again may do so.
  [[nodiscard]] Result<void> keep_learnt(const Owner& owner, const View& view, Look& photo);

  /// The embeddings of a view: kept, or made now with one look, and a fine one for a learnt view of a large photo.
  [[nodiscard]] Result<std::vector<float>> embeddings(const Owner& owner, const View& view);

  /// The picture of a view as the generator reads it: kept, or made now. Requires a generator.
  [[nodiscard]] Result<Picture> picture(const Owner& owner, const View& view);

  /// The picture of a photo that is only asked about; it is not kept. Requires a generator.
  [[nodiscard]] Result<Picture> picture_of(const Look& look) const;

 private:
  [[nodiscard]] Result<std::vector<float>> embed_learnt(const View& view, Look& photo) const;
  [[nodiscard]] Result<Look> look_again(const Owner& owner, std::string_view sha256, const std::optional<Box>& box,
                                        bool encode) const;
  [[nodiscard]] Result<void> keep_embeddings(const Owner& owner, const std::string& key,
                                             std::span<const float> embeddings);

  /// What a kept picture depends on: the generator, and the encoder where its maps are read.
  /// Empty = pictures are not kept.
  [[nodiscard]] std::string picture_fingerprint() const;
  [[nodiscard]] Result<void> keep_picture(const Owner& owner, const Picture& picture);

  Memory& memory_;
  const Encoder& encoder_;
  const Generator* generator_;
};

}  // namespace rap
