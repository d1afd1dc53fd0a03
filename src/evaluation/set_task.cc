// SPDX-License-Identifier: Apache-2.0
#include "evaluation/set_task.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "core/random.h"
#include "evaluation/qa_scores.h"

namespace rap::evaluation {
namespace {

using dataset::CardRecord;
using dataset::Conversation;
using dataset::TaskType;

struct Judged {
  TaskType type;
  const char* label;
  Measure measure;
};

constexpr std::array<Judged, 7> kJudged{{{TaskType::kCaption, "caption", Measure::kCaption},
                                         {TaskType::kPersonalCaption, "personal caption", Measure::kNames},
                                         {TaskType::kDescription, "description", Measure::kNames},
                                         {TaskType::kVisualQa, "visual question", Measure::kValue},
                                         {TaskType::kTextQa, "card question", Measure::kValue},
                                         {TaskType::kRecognition, "recognition", Measure::kYesNo},
                                         {TaskType::kGrounding, "grounding", Measure::kBox}}};

std::optional<std::size_t> group_of(TaskType type) {
  for (std::size_t i = 0; i < kJudged.size(); ++i) {
    if (kJudged[i].type == type) return i;
  }
  return std::nullopt;
}

Expected expected_of(const Conversation& conversation) {
  const std::string& answer = conversation.turns.back().answer;
  Expected expected;
  for (const CardRecord& card : conversation.cards) {
    if (card.in_photo) expected.names.push_back(card.name);
  }
  expected.yes = yes_or_no(answer).value_or(false);
  expected.references = conversation.references;
  expected.references.push_back(answer);
  expected.values = expected.references;
  expected.box = box_in(answer);
  return expected;
}

ExamMemory memory_of(const std::filesystem::path& folder, const Conversation& conversation) {
  ExamMemory memory;
  for (const CardRecord& card : conversation.cards) {
    ExamCard remembered;
    remembered.draft = {.name = card.name, .aliases = {}, .category = card.category, .info = card.info};
    remembered.draft.attributes = card.attributes;
    if (!card.image.empty()) remembered.avatar = folder / card.image;
    memory.cards.push_back(std::move(remembered));
  }
  return memory;
}

ExamQuestion question_of(const std::filesystem::path& folder, const Conversation& conversation, std::size_t group) {
  ExamQuestion question;
  question.group = group;
  const bool is_caption = conversation.type == TaskType::kCaption || conversation.type == TaskType::kPersonalCaption;
  question.task = is_caption ? Task::kCaption : Task::kAsk;
  if (!conversation.image.empty()) question.photo = {folder / conversation.image};
  for (std::size_t i = 0; i + 1 < conversation.turns.size(); ++i) {
    question.turns.push_back({conversation.turns[i].question, conversation.turns[i].answer, {}});
  }
  question.question = conversation.turns.back().question;
  for (const CardRecord& card : conversation.cards) question.given.push_back(card.name);
  question.expected = expected_of(conversation);
  return question;
}

/// At most `limit` random conversations of each type, types taking turns.
std::vector<const Conversation*> chosen(const std::vector<Conversation>& conversations, const SetOptions& options) {
  std::array<std::vector<const Conversation*>, kJudged.size()> by_type;
  for (const Conversation& conversation : conversations) {
    by_type[*group_of(conversation.type)].push_back(&conversation);
  }
  std::size_t longest = 0;
  Random random(options.seed);
  for (auto& of_type : by_type) {
    random.shuffle(of_type);
    if (options.limit > 0) of_type.resize(std::min(of_type.size(), options.limit));
    longest = std::max(longest, of_type.size());
  }
  std::vector<const Conversation*> order;
  for (std::size_t i = 0; i < longest; ++i) {
    for (const auto& of_type : by_type) {
      if (i < of_type.size()) order.push_back(of_type[i]);
    }
  }
  return order;
}

}  // namespace

Result<Exam> set_exam(const std::filesystem::path& folder, const SetOptions& options) {
  std::vector<Conversation> conversations;
  const auto read = dataset::read_conversations(folder, [&](Conversation conversation) {
    if (conversation.split == options.split && group_of(conversation.type)) {
      conversations.push_back(std::move(conversation));
    }
    return true;
  });
  if (!read) return Unexpected{read.error()};
  if (conversations.empty()) {
    return fail(ErrorCode::kNotFound, "'" + folder.string() + "' has no conversation of the split '" +
                                          std::string(dataset::split_word(options.split)) + "' that can be judged");
  }

  Exam exam;
  for (const Judged& judged : kJudged) {
    exam.groups.push_back({std::string(dataset::task_word(judged.type)), judged.label, judged.measure});
  }
  std::map<std::string, std::size_t> memory_of_context;
  for (const Conversation* conversation : chosen(conversations, options)) {
    const auto [known, is_new] = memory_of_context.try_emplace(conversation->context, exam.memories.size());
    if (is_new) exam.memories.push_back(memory_of(folder, *conversation));
    ExamQuestion question = question_of(folder, *conversation, *group_of(conversation->type));
    question.memory = known->second;
    exam.questions.push_back(std::move(question));
  }
  return exam;
}

}  // namespace rap::evaluation
