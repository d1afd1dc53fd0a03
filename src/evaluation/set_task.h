// SPDX-License-Identifier: Apache-2.0
// Conversations of a data set as an exam.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "dataset/conversation.h"
#include "evaluation/exam.h"
#include "rap/result.h"

namespace rap::evaluation {

struct SetOptions {
  dataset::Split split = dataset::Split::kTest;
  std::size_t limit = 50;  ///< most questions of each type, chosen at random; 0 = all
  std::uint64_t seed = 1000;
};

/// Reads the conversations of one split of a set (dataset/conversation.h). The cards of a conversation
/// are remembered and given; the last turn is asked, those before it have been said. Types are judged so:
///   caption                       BLEU and CIDEr against the answer and the references
///   personal_caption, description   says the names of the cards that are in the photo, and no other
///   visual_qa, text_qa            says the answer, or one of the references
///   recognition                   yes or no, as the answer says
///   grounding                     a box that overlaps the answer's by half at least; none where it has none
/// Chats are left out: nothing tells right from wrong. Questions of all types take turns. Fails like
/// dataset::read_conversations(); kNotFound if the split has no conversation.
[[nodiscard]] Result<Exam> set_exam(const std::filesystem::path& folder, const SetOptions& options);

}  // namespace rap::evaluation
