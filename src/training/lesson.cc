// SPDX-License-Identifier: Apache-2.0
#include "training/lesson.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace rap::training {
namespace {

using Tokens = std::vector<std::int32_t>;

std::size_t shared_length(const Tokens& a, const Tokens& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

/// Collects questions of one context and makes lessons of them. Whatever the prompts have in
/// common becomes the beginning, so nothing is assumed about where a template ends.
class LessonMaker {
 public:
  LessonMaker(const dataset::Conversation& first, std::size_t max_tokens, std::vector<Lesson>& lessons)
      : type_(first.type), pictures_(pictures_of(first)), max_tokens_(max_tokens), lessons_(lessons) {}

  void add(Tokens prompt, Tokens answer) {
    const std::size_t whole = prompt.size() + answer.size();
    std::size_t more = prompts_.empty() ? whole : whole - shared_length(prompts_.front(), prompt);
    if (tokens_ + more > max_tokens_) {
      finish();
      more = whole;
    }
    tokens_ += more;
    prompts_.push_back(std::move(prompt));
    answers_.push_back(std::move(answer));
  }

  /// Makes a lesson of what was added since the last one.
  void finish() {
    if (prompts_.empty()) return;
    std::size_t shared = prompts_.front().size();
    for (const Tokens& prompt : prompts_) shared = std::min(shared, shared_length(prompts_.front(), prompt));
    const auto begin = static_cast<std::ptrdiff_t>(shared);
    Lesson lesson{.type = type_,
                  .beginning = Tokens(prompts_.front().begin(), prompts_.front().begin() + begin),
                  .pictures = pictures_,
                  .branches = {}};
    for (std::size_t i = 0; i < prompts_.size(); ++i) {
      Branch branch{.tokens = Tokens(prompts_[i].begin() + begin, prompts_[i].end()),
                    .answer = prompts_[i].size() - shared};
      branch.tokens.insert(branch.tokens.end(), answers_[i].begin(), answers_[i].end());
      lesson.branches.push_back(std::move(branch));
    }
    lessons_.push_back(std::move(lesson));
    prompts_.clear();
    answers_.clear();
    tokens_ = 0;
  }

 private:
  const dataset::TaskType type_;
  const std::vector<std::string> pictures_;
  const std::size_t max_tokens_;
  std::vector<Lesson>& lessons_;
  std::vector<Tokens> prompts_;
  std::vector<Tokens> answers_;
  std::size_t tokens_ = 0;
};

/// Conversations of equal context, in the order of their first one.
std::vector<std::vector<const dataset::Conversation*>> by_context(
    const std::vector<dataset::Conversation>& conversations) {
  std::unordered_map<std::string, std::size_t> places;
  std::vector<std::vector<const dataset::Conversation*>> groups;
  for (const dataset::Conversation& conversation : conversations) {
    const auto [place, is_new] = places.emplace(conversation.context, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(&conversation);
  }
  return groups;
}

/// Adds every turn as a question of its own, the turns before it in its prompt. Says whether all
/// of them fit.
Result<bool> add_turns(const dataset::Conversation& conversation, const PromptTokenizer& tokenizer,
                       const LessonOptions& options, LessonMaker& maker) {
  bool fits = true;
  dataset::Conversation part = conversation;
  part.turns.clear();
  for (const dataset::QuestionAnswer& turn : conversation.turns) {
    part.turns.push_back(turn);
    auto prompt = tokenizer.prompt(prompt_of(part, options.layout), options.picture_tokens);
    if (!prompt) return Unexpected{prompt.error()};
    Tokens answer = tokenizer.answer(turn.answer);
    if (prompt->size() + answer.size() <= options.max_tokens) {
      maker.add(std::move(*prompt), std::move(answer));
    } else {
      fits = false;
    }
  }
  return fits;
}

}  // namespace

std::size_t Lesson::tokens() const {
  std::size_t count = beginning.size();
  for (const Branch& branch : branches) count += branch.tokens.size();
  return count;
}

std::vector<std::string> pictures_of(const dataset::Conversation& conversation) {
  std::vector<std::string> pictures;
  if (!conversation.image.empty()) pictures.push_back(conversation.image);
  for (const dataset::CardRecord& card : conversation.cards) {
    if (!card.image.empty()) pictures.push_back(card.image);
  }
  return pictures;
}

Prompt prompt_of(const dataset::Conversation& conversation, PromptLayout layout) {
  PromptInput input;
  input.layout = layout;
  if (!conversation.image.empty()) input.photos = {Picture{conversation.image, nullptr}};
  for (const dataset::CardRecord& record : conversation.cards) {
    Card card{.name = record.name,
              .category = record.category,
              .info = record.info,
              .attributes = record.attributes,
              .picture = {},
              .seen = {}};
    if (!record.image.empty()) card.picture = Picture{record.image, nullptr};
    if (!input.photos.empty()) card.seen = Seen{record.seen, record.box};
    input.cards.push_back(std::move(card));
  }
  for (std::size_t i = 0; i + 1 < conversation.turns.size(); ++i) {
    input.turns.push_back({conversation.turns[i].question, conversation.turns[i].answer, {}});
  }
  input.question = conversation.turns.back().question;
  return build_prompt(input);
}

Result<Lessons> make_lessons(const std::vector<dataset::Conversation>& conversations, const PromptTokenizer& tokenizer,
                             const LessonOptions& options) {
  Lessons result;
  for (const auto& group : by_context(conversations)) {
    LessonMaker maker(*group.front(), options.max_tokens, result.lessons);
    for (const dataset::Conversation* conversation : group) {
      const auto fits = add_turns(*conversation, tokenizer, options, maker);
      if (!fits) return Unexpected{fits.error()};
      ++(*fits ? result.conversations : result.too_long);
    }
    maker.finish();
  }
  return result;
}

}  // namespace rap::training
