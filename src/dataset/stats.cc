// SPDX-License-Identifier: Apache-2.0
#include "dataset/stats.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "core/text.h"
#include "dataset/photo.h"

namespace rap::dataset {
namespace {

constexpr std::size_t kCommonNames = 20;
constexpr double kYes = 0.5;
constexpr double kMaybe = 0.15;

std::string seen_word(double seen) { return seen >= kYes ? "yes" : seen >= kMaybe ? "maybe" : "no"; }

std::string mixture_of(const Conversation& conversation) {
  if (conversation.cards.empty()) return conversation.image.empty() ? "chat" : "no cards";
  if (conversation.image.empty()) return "text only";
  const auto right = std::count_if(conversation.cards.begin(), conversation.cards.end(),
                                   [](const CardRecord& card) { return card.in_photo; });
  if (right > 1) return "several right";
  if (right == 0) return "only wrong";
  return conversation.cards.size() > 1 ? "right and wrong" : "right";
}

/// Counts while conversations pass by.
class Counter {
 public:
  void add(const Conversation& conversation) {
    Statistics& s = statistics;
    const std::string type(task_word(conversation.type));
    const std::string split(split_word(conversation.split));
    ++s.conversations;
    ++s.by_type[type];
    ++s.by_split[split];
    ++s.by_source[conversation.source.empty() ? "cards alone" : conversation.source];
    ++s.by_type_and_split[type + '/' + split];
    for (const QuestionAnswer& turn : conversation.turns) {
      ++s.question_words[words(turn.question).size()];
      ++s.answer_words[words(turn.answer).size()];
    }
    if (conversation.type == TaskType::kRecognition)
      ++s.recognition[conversation.turns.back().answer.starts_with("Yes") ? "yes" : "no"];
    if (contexts_.insert(conversation.context).second) add_context(conversation);
  }

  Statistics finish() && {
    std::vector<std::pair<std::size_t, std::string>> order;
    for (const auto& [name, count] : names_) order.emplace_back(count, name);
    std::sort(order.rbegin(), order.rend());
    order.resize(std::min(order.size(), kCommonNames));
    for (const auto& [count, name] : order) statistics.common_names[name] = count;
    statistics.names = names_.size();
    return std::move(statistics);
  }

  Statistics statistics;

 private:
  void add_context(const Conversation& conversation) {
    ++statistics.contexts;
    ++statistics.cards[std::to_string(conversation.cards.size())];
    ++statistics.mixture[mixture_of(conversation)];
    for (const CardRecord& card : conversation.cards) {
      ++statistics.categories[card.category];
      ++names_[card.name];
      if (!conversation.image.empty())
        ++(card.in_photo ? statistics.seen_right : statistics.seen_wrong)[seen_word(card.seen)];
    }
  }

  std::unordered_set<std::string> contexts_;
  Counts names_;
};

nlohmann::ordered_json lengths_json(const Lengths& lengths) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [length, count] : lengths) json[std::to_string(length)] = count;
  return json;
}

}  // namespace

Result<Statistics> count_set(const std::filesystem::path& folder) {
  const auto photos = read_photos(folder);
  if (!photos) return Unexpected{photos.error()};
  Counter counter;
  std::map<std::pair<std::string, std::string>, std::size_t> trained_on;  // by source and licence
  for (const PhotoRecord& photo : *photos) {
    if (photo.split == Split::kTrain) ++trained_on[{photo.source, photo.licence}];
    ++counter.statistics.photos_by_source[photo.source + '/' + std::string(split_word(photo.split))];
    ++counter.statistics.licences[photo.licence];
  }
  for (const auto& [of, count] : trained_on) {
    counter.statistics.training_sources.push_back({of.first, of.second, count});
  }
  auto read = read_conversations(folder, [&](const Conversation& conversation) {
    counter.add(conversation);
    return true;
  });
  if (!read) return Unexpected{std::move(read).error()};
  return std::move(counter).finish();
}

std::string to_json(const Statistics& s) {
  const nlohmann::ordered_json json = {{"version", kVersion},
                                       {"name", s.name},
                                       {"seed", s.seed},
                                       {"conversations", s.conversations},
                                       {"contexts", s.contexts},
                                       {"by_type", s.by_type},
                                       {"by_split", s.by_split},
                                       {"by_source", s.by_source},
                                       {"by_type_and_split", s.by_type_and_split},
                                       {"cards", s.cards},
                                       {"mixture", s.mixture},
                                       {"recognition", s.recognition},
                                       {"seen_right", s.seen_right},
                                       {"seen_wrong", s.seen_wrong},
                                       {"categories", s.categories},
                                       {"names", s.names},
                                       {"common_names", s.common_names},
                                       {"question_words", lengths_json(s.question_words)},
                                       {"answer_words", lengths_json(s.answer_words)},
                                       {"photos_by_source", s.photos_by_source},
                                       {"licences", s.licences}};
  return json.dump(2) + '\n';
}

}  // namespace rap::dataset
