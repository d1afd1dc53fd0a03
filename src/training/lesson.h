// SPDX-License-Identifier: Apache-2.0
// Conversations as tokens. A lesson is everything that is asked about one photo with its cards:
// that beginning is read once, and every question with its answer branches off it. A caption data
// set with five captions a photo costs a third this way of what separate samples cost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/conversation.h"
#include "generation/llama/prompt_tokens.h"
#include "generation/prompt.h"
#include "rap/result.h"

namespace rap::training {

/// A question and its answer, after the beginning of a lesson.
struct Branch {
  std::vector<std::int32_t> tokens;  ///< rest of the prompt, then the answer
  std::size_t answer = 0;            ///< index in tokens of the answer's first one
};

struct Lesson {
  dataset::TaskType type = {};          ///< of its first conversation
  std::vector<std::int32_t> beginning;  ///< what the prompts of all branches share; kVisualToken for pictures
  std::vector<std::string> pictures;    ///< image files in the order of their visual tokens
  std::vector<Branch> branches;         ///< at least one

  [[nodiscard]] std::size_t tokens() const;
};

/// How a prompt is laid out for a model.
struct LessonOptions {
  PromptLayout layout = PromptLayout::kRapSeen;
  int picture_tokens = 0;      ///< visual tokens of a picture
  std::size_t max_tokens = 0;  ///< of a lesson; one that is longer is split, a conversation that is longer left out
};

/// Image files of the photo and the cards, in the order of their visual tokens.
[[nodiscard]] std::vector<std::string> pictures_of(const dataset::Conversation& conversation);

/// The prompt of a conversation's last turn, as the assistant builds it. Pictures have no pixels;
/// their keys are the image files.
[[nodiscard]] Prompt prompt_of(const dataset::Conversation& conversation, PromptLayout layout);

/// What became of a set's conversations.
struct Lessons {
  std::vector<Lesson> lessons;
  std::size_t conversations = 0;  ///< that are in the lessons
  std::size_t too_long = 0;       ///< that were left out
};

/// Groups conversations of equal context, in the order of their first one. Every turn of a
/// conversation with several becomes a branch. kUnsupported if the template cannot hold a prompt.
[[nodiscard]] Result<Lessons> make_lessons(const std::vector<dataset::Conversation>& conversations,
                                           const PromptTokenizer& tokenizer, const LessonOptions& options);

}  // namespace rap::training
