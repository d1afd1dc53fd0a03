// SPDX-License-Identifier: Apache-2.0
#include "dataset/rap_json.h"

#include <regex>
#include <utility>

namespace rap::dataset {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kImage = "<image>";
constexpr std::string_view kImageLine = "<image>\n";

/// What a card tells, attributes included, as generation's build_prompt() lays it out.
std::string told(const CardRecord& card) {
  std::string text = card.info;
  if (text.empty() && !card.category.empty()) {
    const bool vowel = std::string_view("aeiouAEIOU").find(card.category.front()) != std::string_view::npos;
    text = card.name + " is " + (vowel ? "an " : "a ") + card.category + '.';
  }
  for (const auto& [key, value] : card.attributes) {
    if (!text.empty()) text += text.ends_with('.') ? " " : ". ";
    text.append(key).append(": ").append(value) += '.';
  }
  return text;
}

Json turns_of(const Conversation& conversation, const std::string& before_question) {
  Json turns = Json::array();
  for (const QuestionAnswer& turn : conversation.turns) {
    const bool first = turns.empty();
    turns.push_back({{"from", "human"}, {"value", (first ? before_question : std::string()) + turn.question}});
    turns.push_back({{"from", "gpt"}, {"value", turn.answer}});
  }
  return turns;
}

/// What the published shapes have no place for.
Json beyond(const CardRecord& card) {
  Json json = {{"name", card.name}, {"category", card.category}, {"in_photo", card.in_photo}, {"seen", card.seen}};
  if (card.box) json["box"] = {card.box->x, card.box->y, card.box->width, card.box->height};
  return json;
}

void add_common(const Conversation& conversation, Json& json) {
  json["type"] = task_word(conversation.type);
  json["context"] = conversation.context;
  json["split"] = split_word(conversation.split);
  json["source"] = conversation.source;
  if (!conversation.references.empty()) json["references"] = conversation.references;
}

void read_beyond(const Json& json, CardRecord& card) {
  card.in_photo = json.value("in_photo", true);
  card.seen = json.value("seen", card.in_photo ? 1.0 : 0.0);
  if (!json.contains("box")) return;
  const Json& box = json.at("box");
  card.box = Box{box.at(0), box.at(1), box.at(2), box.at(3)};
}

/// A question without its picture marks.
std::string without_marks(std::string text) {
  for (const std::string_view mark : {kImageLine, kImage}) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) text.erase(at, mark.size());
  }
  while (!text.empty() && (text.front() == '\n' || text.front() == ' ')) text.erase(text.begin());
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

/// The cards that a question holds, "1.<image>\nName: N, Info: I\n", taken out of it.
std::vector<CardRecord> take_cards(std::string& question) {
  static const std::regex kCard(R"((\d+)\.(?:<image>)?\n ?Name: ([^\n]*?)(?:, Info: ([^\n]*))?\n)");
  std::vector<CardRecord> cards;
  for (std::smatch match; std::regex_search(question, match, kCard);) {
    CardRecord card;
    card.name = match[2];
    card.info = match[3];
    cards.push_back(std::move(card));
    question = match.prefix().str() + match.suffix().str();
  }
  return cards;
}

std::vector<std::string> pictures_in(const Json& json) {
  if (!json.contains("image") || json.at("image").is_null()) return {};
  if (json.at("image").is_string()) return {json.at("image").get<std::string>()};
  return json.at("image").get<std::vector<std::string>>();
}

TaskType type_of(const Json& json, const Conversation& conversation) {
  const Json word = json.value("type", Json());
  if (word.is_string()) {
    if (const auto known = task_of(word.get<std::string>())) return *known;
    if (word == "caption" || word == "cap") return TaskType::kPersonalCaption;
    if (word == "recognition" || word == "rec") return TaskType::kRecognition;
  }
  if (!conversation.image.empty()) return TaskType::kVisualQa;
  return conversation.cards.empty() ? TaskType::kChat : TaskType::kTextQa;
}

void read_turns(const Json& json, Conversation& conversation) {
  for (const Json& turn : json.at("conversations")) {
    const std::string from = turn.at("from");
    const std::string value = turn.at("value");
    if (from == "human" || from == "user") {
      conversation.turns.push_back({value, {}});
    } else if (!conversation.turns.empty() && (from == "gpt" || from == "assistant")) {
      conversation.turns.back().answer = value;
    }
  }
  if (conversation.turns.empty()) throw std::invalid_argument("it has no turns");
}

/// The cards of `extra`, or those in the first question with the pictures that follow the photo.
void read_cards(const Json& json, std::vector<std::string> pictures, Conversation& conversation) {
  std::string& question = conversation.turns.front().question;
  const bool has_photo = question.starts_with(kImage) || (json.contains("image") && json.at("image").is_string());
  if (has_photo && !pictures.empty()) {
    conversation.image = pictures.front();
    pictures.erase(pictures.begin());
  }
  conversation.cards = take_cards(question);
  for (std::size_t i = 0; i < conversation.cards.size() && i < pictures.size(); ++i)
    conversation.cards[i].image = pictures[i];
  if (json.contains("extra") && json.at("extra").is_object() && !json.at("extra").empty()) {
    conversation.cards.clear();
    for (const auto& [picture, about] : json.at("extra").items()) {
      CardRecord card;
      card.image = about.value("avatar", true) ? picture : std::string();
      card.name = about.at("name");
      card.info = about.value("info", "");
      card.category = about.value("category", "");
      read_beyond(about, card);
      conversation.cards.push_back(std::move(card));
    }
  } else if (json.contains("cards")) {
    for (std::size_t i = 0; i < conversation.cards.size() && i < json.at("cards").size(); ++i) {
      read_beyond(json.at("cards").at(i), conversation.cards[i]);
      conversation.cards[i].category = json.at("cards").at(i).value("category", "");
    }
  }
}

Conversation conversation_of(const Json& json, std::size_t position) {
  Conversation conversation;
  const Json id = json.value("id", Json());
  conversation.id = id.is_string() ? id.get<std::string>() : id.is_null() ? std::to_string(position) : id.dump();
  conversation.context = json.value("context", conversation.id);
  conversation.source = json.value("source", "");
  conversation.references = json.value("references", std::vector<std::string>());
  if (const auto split = split_of(json.value("split", "train"))) conversation.split = *split;
  read_turns(json, conversation);
  read_cards(json, pictures_in(json), conversation);
  for (QuestionAnswer& turn : conversation.turns) turn.question = without_marks(turn.question);
  conversation.type = type_of(json, conversation);
  return conversation;
}

}  // namespace

Json to_rap(const Conversation& conversation) {
  Json json = {{"id", conversation.id}};
  if (!conversation.image.empty()) json["image"] = conversation.image;
  json["conversations"] = turns_of(conversation, std::string(conversation.image.empty() ? "" : kImageLine));
  Json extra = Json::object();
  for (const CardRecord& card : conversation.cards) {
    Json about = beyond(card);
    about["info"] = told(card);
    // The key is the picture's path; two cards never share one.
    const std::string key = card.image.empty() ? "no picture: " + card.name : card.image;
    if (card.image.empty()) about["avatar"] = false;
    extra[key] = std::move(about);
  }
  json["extra"] = std::move(extra);
  add_common(conversation, json);
  return json;
}

Json to_llava(const Conversation& conversation) {
  Json json = {{"id", conversation.id}};
  Json pictures = Json::array();
  std::string before;
  if (!conversation.image.empty()) {
    pictures.push_back(conversation.image);
    before = kImageLine;
  }
  Json cards = Json::array();
  for (std::size_t i = 0; i < conversation.cards.size(); ++i) {
    const CardRecord& card = conversation.cards[i];
    before += std::to_string(i + 1) + '.';
    if (!card.image.empty()) {
      before += kImage;
      pictures.push_back(card.image);
    }
    before += "\nName: " + card.name;
    if (const std::string info = told(card); !info.empty()) before += ", Info: " + info;
    before += '\n';
    cards.push_back(beyond(card));
  }
  if (!pictures.empty()) json["image"] = std::move(pictures);
  json["conversations"] = turns_of(conversation, before);
  if (!cards.empty()) json["cards"] = std::move(cards);
  add_common(conversation, json);
  return json;
}

Result<Conversation> from_rap(const Json& json, std::size_t position) {
  try {
    return conversation_of(json, position);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kCorrupt, "entry " + std::to_string(position) + " cannot be read: " + error.what());
  }
}

}  // namespace rap::dataset
