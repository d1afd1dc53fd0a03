// SPDX-License-Identifier: Apache-2.0
// Makes conversations from collected, cropped and described photos.
//
// A *context* is a picture with the cards that stand beside it; several conversations are made of
// each. Pictures are photos of the set, or compositions of two to four of them. A card is *right*
// if the picture shows the very concept that the card is about, else *wrong*. Every name and every
// fact is invented for its context, so nothing can be learnt by heart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "dataset/collect.h"
#include "dataset/conversation.h"
#include "dataset/evidence.h"
#include "rap/result.h"

namespace rap::dataset {

/// Shares of the contexts with cards and a photo; they need not add up to 1.
struct Mixture {
  double right = 0.25;            ///< one right card alone
  double right_and_wrong = 0.30;  ///< one right card and wrong ones
  double only_wrong = 0.25;       ///< no card fits
  double several = 0.20;          ///< two to four right cards
};

struct SynthesisOptions {
  std::uint64_t seed = 1;

  // How many contexts.
  std::size_t contexts_per_photo = 2;           ///< with cards, of a photo that shows a concept
  std::size_t contexts_per_instance_photo = 4;  ///< of a photo whose instance has others
  std::size_t held_out_contexts_per_photo = 1;  ///< of a photo of dev or test
  std::size_t text_contexts = 3000;             ///< cards and questions about them, without a photo
  std::size_t held_out_text_contexts = 150;     ///< the same for dev and for test

  // What is in them.
  Mixture mixture;
  std::size_t max_wrong = 3;        ///< wrong cards beside right ones
  std::size_t max_only_wrong = 4;   ///< wrong cards where none fits
  float several_with_wrong = 0.4F;  ///< how often right cards of `several` have a wrong one beside them
  float unknown_fact = 0.05F;       ///< share of questions that the card does not answer
  EvidenceOptions evidence;

  // Avatars and compositions.
  std::size_t avatar_views = 2;  ///< different avatars of one crop
  int picture_side = 448;        ///< photos are decoded to at most this
  int jpeg_quality = 90;

  std::filesystem::path chat;  ///< lines {"question": ..., "answer": ...}; empty = none
};

/// What synthesise() made.
struct SynthesisReport {
  std::size_t conversations = 0;
  std::size_t contexts = 0;
  std::size_t avatars = 0;          ///< made now; those of an earlier run are kept
  std::size_t composed = 0;         ///< the same of compositions
  std::vector<std::string> failed;  ///< pictures that could not be made, and why
};

/// Reads photos.jsonl and crops.jsonl of the set in `folder` and writes conversations.jsonl,
/// images/avatars/ and images/composed/. The result depends on those files and the options alone.
/// A picture that cannot be made costs its contexts and is reported. Fails with kNotFound, kCorrupt
/// (photos, crops or chat), kIo, or kCancelled. Single-threaded.
[[nodiscard]] Result<SynthesisReport> synthesise(const std::filesystem::path& folder, const SynthesisOptions& options,
                                                 const OnStep& on_step);

}  // namespace rap::dataset
