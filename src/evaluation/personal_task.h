// SPDX-License-Identifier: Apache-2.0
// Questions about photos of individuals that the assistant was shown one other photo of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/exam.h"
#include "evaluation/photo_set.h"

namespace rap::evaluation {

struct PersonalOptions {
  std::size_t draws = 1;  ///< times that names, facts and avatars are drawn anew
  std::uint64_t seed = 1000;
  std::size_t limit = 50;           ///< most questions of a group; 0 = all
  std::vector<std::string> groups;  ///< keys of the groups that are wanted; empty = all
};

/// The groups that personal_exam() can ask, by key:
///   right_card            the memory holds the subject alone; its card is given
///   right_card_of_2, _4   it holds the subject and 1 or 3 others; all cards are given
///   wrong_card, wrong_cards_3, look_alike_card   it holds 1 or 3 others, or one of the same kind of
///                         thing, and not the subject; all cards are given: no name is right
///   pair                  two subjects' photos side by side, both cards are given
///   all_known             it holds all subjects; retrieval alone chooses cards
///   not_known             it holds half of the subjects, not this one; retrieval alone chooses
///   recognition           "Is N in the image?": the subject's card, or another one's
///   text_qa_photo, text_qa   what the card tells, asked with and without a photo
///   visual_qa             what the subject is, which the card does not tell
/// Captions are asked with the standard question.
[[nodiscard]] const std::vector<ExamGroup>& personal_groups();

/// What a folder's name calls its subject: "dog3" is a "dog", "bear_plushie" a "bear plushie".
[[nodiscard]] std::string category_of(std::string_view folder);

/// The kind of thing: the last word of a category.
[[nodiscard]] std::string kind_of(std::string_view category);

/// Names that no training data of `rap dataset` has (see dataset::split_of_name()): made of syllables, no
/// English words, distinct, drawn by the seed. There are some 1,700; fewer are returned than wanted beyond.
[[nodiscard]] std::vector<std::string> made_names(std::size_t count, std::uint64_t seed);

/// Draws the questions. In every draw each subject gets a name, facts and an avatar, which is not asked
/// about; photos that are asked are all others, in random order, so that an exam that is cut short
/// has asked of every group alike. Needs two subjects at least.
[[nodiscard]] Exam personal_exam(const PhotoFolder& folder, const PersonalOptions& options);

}  // namespace rap::evaluation
