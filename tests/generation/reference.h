// SPDX-License-Identifier: Apache-2.0
// The numeric reference of the default model: reference.json and reference_tokens.bin, both written
// by make_reference.py.
//
// reference_tokens.bin, little endian: "RAPT"; u32 version = 1; u32 photos P; u32 photos with
// features F; u32 tokens T = 36; u32 width W = 576; u32 channels C = 1280; then float16 visual
// tokens [P, T, W], then float16 pooled features [F, T, C] of the first F photos. The photos are
// those of reference.json's "photos", in that order.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "generation/prompt.h"

namespace rap::testing {

struct ReferenceCase {
  std::string photo;
  std::vector<Card> cards;               ///< without pictures
  std::vector<std::string> card_photos;  ///< one a card
  std::string question;
  std::vector<int> token_ids;  ///< of the whole prompt; -1 stands for one visual token
  int first_token = 0;
  std::string answer;
};

struct Reference {
  std::vector<ReferenceCase> cases;
  std::map<std::string, std::vector<float>> tokens;    ///< [36, 576] by photo of examples/photos
  std::map<std::string, std::vector<float>> features;  ///< pooled [36, 1280], of some photos
};

/// Reads both files; fails the running test and returns what was read if one is damaged.
[[nodiscard]] Reference load_reference();

/// Visual tokens of a photo as ProjectedGenerator encodes a picture.
[[nodiscard]] Picture reference_picture(const Reference& reference, const std::string& photo);

/// The prompt input of a case, with its pictures.
[[nodiscard]] PromptInput reference_input(const Reference& reference, const ReferenceCase& one);

}  // namespace rap::testing
