// SPDX-License-Identifier: Apache-2.0
// One context while conversations are made of it: a picture, what is known of it, and its cards.
#pragma once

#include <string>
#include <vector>

#include "core/random.h"
#include "dataset/conversation.h"
#include "dataset/nouns.h"
#include "dataset/persona.h"
#include "dataset/photo.h"

namespace rap::dataset {

/// A photo in the picture. The picture is one whole photo, or a composition of several.
struct ScenePart {
  const PhotoRecord* photo = nullptr;
  std::vector<const CropRecord*> crops;  ///< all that were found in it
};

struct Scene {
  std::string key;  ///< becomes Conversation::context
  Split split = Split::kTrain;
  std::string source;
  std::string image;  ///< relative to the set's folder; empty = no picture
  std::vector<ScenePart> parts;
  std::vector<Persona> personas;  ///< in the order of the cards
  const Lexicon* lexicon = nullptr;
};

/// The sentences of a picture: what a caption may say of it, given who is known.
struct SceneCaption {
  std::string text;
  std::string doing;    ///< of the only right card, or empty
  std::string wearing;  ///< the same
};

/// Captions of a scene in which every right card's concept is named, in an order drawn from
/// `random`; plain ones where no card is right. Photos without captions get some of their noun.
/// Empty if no caption reads well with the names.
[[nodiscard]] std::vector<SceneCaption> captions_of(const Scene& scene, Random& random);

/// What a photo without captions shows: "a teapot".
[[nodiscard]] std::string thing_in(const ScenePart& part);

/// A request for a caption, one of several wordings.
[[nodiscard]] std::string caption_question(Random& random);

/// How much conversation a scene gives.
struct TalkOptions {
  float unknown_fact = 0.05F;  ///< share of questions that no card answers
};

/// The conversations of a scene with cards: captions, recognition, grounding, questions, a
/// description. Four to nine as a rule; fewer where little is known.
[[nodiscard]] std::vector<Conversation> converse(const Scene& scene, const TalkOptions& options, Random& random);

/// One conversation for each human caption (in training) or one with all of them as references
/// (held out), and questions that need no cards.
[[nodiscard]] std::vector<Conversation> converse_without_cards(const Scene& scene, Random& random);

/// Questions about the cards' text alone, `count` of them.
[[nodiscard]] std::vector<Conversation> converse_about_cards(const Scene& scene, std::size_t count,
                                                             const TalkOptions& options, Random& random);

}  // namespace rap::dataset
