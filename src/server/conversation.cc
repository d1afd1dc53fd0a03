// SPDX-License-Identifier: Apache-2.0
#include "server/conversation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"

namespace rap::server {
namespace {

void append_line(std::string& text, const std::string& line) {
  if (!text.empty() && !line.empty()) text += '\n';
  text += line;
}

/// Leaves out the oldest turns, so that what stays has no more characters than a model should be given.
void forget_oldest(std::vector<Turn>& turns, std::size_t characters) {
  std::size_t kept = 0;
  auto oldest = turns.end();
  while (oldest != turns.begin()) {
    const auto before = std::prev(oldest);
    kept += before->question.size() + before->answer.size();
    if (kept > characters) break;
    oldest = before;
  }
  turns.erase(turns.begin(), oldest);
}

}  // namespace

Result<void> fill_in(std::vector<Utterance> messages, const ServerLimits& limits, Conversation& conversation) {
  if (messages.size() > limits.turns) {
    return fail(ErrorCode::kTooLarge,
                "the conversation has " + std::to_string(messages.size()) + " messages; the limit is " +
                    std::to_string(limits.turns),
                "messages");
  }
  bool is_answered = true;
  bool is_first_photo = true;  // of this turn
  for (Utterance& message : messages) {
    switch (message.role) {
      case Role::kSystem:
        append_line(conversation.instructions, message.text);
        break;
      case Role::kUser:
        if (is_answered) {
          conversation.turns.emplace_back();
          is_first_photo = true;
        }
        is_answered = false;
        append_line(conversation.turns.back().question, message.text);
        for (Bytes& photo : message.photos) {
          // Photos of one turn belong together, those of an earlier turn give way.
          if (std::exchange(is_first_photo, false)) conversation.photos.clear();
          conversation.photos.push_back(std::move(photo));
        }
        break;
      case Role::kAssistant:
        if (conversation.turns.empty()) conversation.turns.emplace_back();
        append_line(conversation.turns.back().answer, message.text);
        is_answered = true;
        break;
    }
  }
  if (is_answered) return fail(ErrorCode::kInvalidArgument, "the last message is not the user's", "messages");
  conversation.question = std::move(conversation.turns.back().question);
  conversation.turns.pop_back();
  forget_oldest(conversation.turns, limits.remembered_characters);
  return {};
}

int answer_tokens(std::optional<std::int64_t> wanted, const GenerateOptions& generate, const ServerLimits& limits) {
  constexpr int kText = 256;
  const std::int64_t usual = generate.json ? limits.answer_tokens : kText;
  return static_cast<int>(std::min<std::int64_t>(limits.answer_tokens, wanted.value_or(usual)));
}

RapRequest read_rap(ObjectReader& reader) {
  RapRequest rap;
  const Json* member = reader.find("rap");
  if (member == nullptr) return rap;
  if (member->is_boolean()) {
    rap.extension = member->get<bool>();
    return rap;
  }
  const Json* object = reader.object("rap");
  if (object == nullptr) return rap;
  ObjectReader inside(*object, "rap.");
  rap.extension = inside.boolean("extension").value_or(true);
  rap.memory = inside.boolean("memory");
  rap.threshold = inside.number("threshold", 0.0, 1.0);
  const auto task = inside.text("task");
  if (task == "caption") rap.task = Task::kCaption;
  if (task == "ask") rap.task = Task::kAsk;
  if (task && !rap.task) inside.fail("task", "must be \"ask\" or \"caption\"");
  if (const auto read = inside.result(); !read) reader.adopt(read.error());
  return rap;
}

bool asks_for_caption(std::string_view question) {
  static constexpr std::array<std::string_view, 16> kPhrases{"describe",
                                                             "caption",
                                                             "description",
                                                             "summarize",
                                                             "summarise",
                                                             "what do you see",
                                                             "what is happening",
                                                             "what happens",
                                                             "what's happening",
                                                             "what is in th",
                                                             "what's in th",
                                                             "what does the image show",
                                                             "what does this image show",
                                                             "tell me about this image",
                                                             "tell me about this photo",
                                                             "what can you see"};
  const std::string folded = fold(question);
  return std::any_of(kPhrases.begin(), kPhrases.end(),
                     [&](std::string_view phrase) { return folded.find(phrase) != std::string::npos; });
}

}  // namespace rap::server
