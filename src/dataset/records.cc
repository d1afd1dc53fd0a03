// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/files.h"
#include "dataset/conversation.h"
#include "dataset/photo.h"

namespace rap::dataset {
namespace {

using Json = nlohmann::json;

constexpr char kConversationsFile[] = "conversations.jsonl";
constexpr char kPhotosFile[] = "photos.jsonl";
constexpr char kCropsFile[] = "crops.jsonl";

constexpr std::pair<TaskType, std::string_view> kTasks[] = {
    {TaskType::kCaption, "caption"},         {TaskType::kPersonalCaption, "personal_caption"},
    {TaskType::kDescription, "description"}, {TaskType::kVisualQa, "visual_qa"},
    {TaskType::kTextQa, "text_qa"},          {TaskType::kRecognition, "recognition"},
    {TaskType::kGrounding, "grounding"},     {TaskType::kChat, "chat"},
};

constexpr std::pair<Split, std::string_view> kSplits[] = {
    {Split::kTrain, "train"}, {Split::kDev, "dev"}, {Split::kTest, "test"}};

template <class Value, std::size_t N>
std::optional<Value> value_of(const std::pair<Value, std::string_view> (&words)[N], std::string_view word) {
  for (const auto& [value, known] : words) {
    if (known == word) return value;
  }
  return std::nullopt;
}

template <class Value, std::size_t N>
std::string_view word_of(const std::pair<Value, std::string_view> (&words)[N], Value wanted) {
  for (const auto& [value, word] : words) {
    if (value == wanted) return word;
  }
  return {};
}

Json json_of(const Box& box) { return {box.x, box.y, box.width, box.height}; }

Box box_of(const Json& json) {
  return {json.at(0).get<float>(), json.at(1).get<float>(), json.at(2).get<float>(), json.at(3).get<float>()};
}

Split split_in(const Json& json) {
  const auto split = split_of(json.value("split", "train"));
  if (!split) throw std::invalid_argument("split is none of train, dev, test");
  return *split;
}

Json json_of(const CardRecord& card) {
  Json json = {{"name", card.name}, {"in_photo", card.in_photo}, {"seen", card.seen}};
  if (!card.category.empty()) json["category"] = card.category;
  if (!card.info.empty()) json["info"] = card.info;
  if (!card.attributes.empty()) json["attributes"] = card.attributes;
  if (!card.image.empty()) json["image"] = card.image;
  if (card.box) json["box"] = json_of(*card.box);
  return json;
}

CardRecord card_of(const Json& json) {
  CardRecord card{.name = json.at("name"),
                  .category = json.value("category", ""),
                  .info = json.value("info", ""),
                  .attributes = json.value("attributes", std::map<std::string, std::string>()),
                  .image = json.value("image", ""),
                  .in_photo = json.value("in_photo", false),
                  .seen = json.value("seen", 0.0),
                  .box = {}};
  if (json.contains("box")) card.box = box_of(json.at("box"));
  return card;
}

Json json_of(const Conversation& conversation) {
  Json json = {{"id", conversation.id},
               {"context", conversation.context},
               {"type", task_word(conversation.type)},
               {"split", split_word(conversation.split)}};
  if (!conversation.source.empty()) json["source"] = conversation.source;
  if (!conversation.image.empty()) json["image"] = conversation.image;
  for (const CardRecord& card : conversation.cards) json["cards"].push_back(json_of(card));
  for (const QuestionAnswer& turn : conversation.turns) {
    json["turns"].push_back({{"question", turn.question}, {"answer", turn.answer}});
  }
  if (!conversation.references.empty()) json["references"] = conversation.references;
  return json;
}

Conversation conversation_of(const Json& json) {
  Conversation conversation{.id = json.at("id"),
                            .context = json.at("context"),
                            .type = {},
                            .split = split_in(json),
                            .source = json.value("source", ""),
                            .image = json.value("image", ""),
                            .cards = {},
                            .turns = {},
                            .references = json.value("references", std::vector<std::string>())};
  const auto type = task_of(json.at("type").get<std::string>());
  if (!type) throw std::invalid_argument("unknown type '" + json.at("type").get<std::string>() + "'");
  conversation.type = *type;
  for (const Json& card : json.value("cards", Json::array())) conversation.cards.push_back(card_of(card));
  for (const Json& turn : json.at("turns")) conversation.turns.push_back({turn.at("question"), turn.at("answer")});
  if (conversation.turns.empty()) throw std::invalid_argument("it has no turns");
  return conversation;
}

Json json_of(const PhotoRecord& photo) {
  Json json = {{"id", photo.id},           {"image", photo.image},
               {"source", photo.source},   {"original", photo.original},
               {"licence", photo.licence}, {"split", split_word(photo.split)},
               {"width", photo.width},     {"height", photo.height}};
  if (!photo.captions.empty()) json["captions"] = photo.captions;
  if (!photo.category.empty()) json["category"] = photo.category;
  if (!photo.instance.empty()) json["instance"] = photo.instance;
  return json;
}

PhotoRecord photo_of(const Json& json) {
  return {.id = json.at("id"),
          .image = json.at("image"),
          .source = json.at("source"),
          .original = json.value("original", ""),
          .licence = json.value("licence", ""),
          .split = split_in(json),
          .width = json.at("width"),
          .height = json.at("height"),
          .captions = json.value("captions", std::vector<std::string>()),
          .category = json.value("category", ""),
          .instance = json.value("instance", "")};
}

Json json_of(const CropRecord& crop) {
  Json json = {{"photo", crop.photo}, {"box", json_of(crop.box)}, {"noun", crop.noun}, {"score", crop.score}};
  if (!crop.category.empty()) json["category"] = crop.category;
  if (!crop.phrase.empty()) json["phrase"] = crop.phrase;
  if (!crop.attributes.empty()) json["attributes"] = crop.attributes;
  if (!crop.instance.empty()) json["instance"] = crop.instance;
  return json;
}

CropRecord crop_of(const Json& json) {
  return {.photo = json.at("photo"),
          .box = box_of(json.at("box")),
          .noun = json.at("noun"),
          .category = json.value("category", ""),
          .phrase = json.value("phrase", ""),
          .attributes = json.value("attributes", std::map<std::string, std::string>()),
          .instance = json.value("instance", ""),
          .score = json.value("score", 0.0F)};
}

/// What is wrong with a line. nlohmann's messages quote no more than the name of a field.
Unexpected corrupt(const std::string& file, std::size_t line, const std::string& what) {
  return fail(ErrorCode::kCorrupt, "'" + file + "', line " + std::to_string(line) + ": " + what);
}

/// Reads a file of one JSON object a line; `on_line` may throw what nlohmann or `..._of` throw.
Result<void> read_lines(const std::filesystem::path& file, const std::function<bool(const Json&)>& on_line) {
  std::ifstream in(file);
  if (!in) return fail(ErrorCode::kNotFound, "cannot read '" + file.string() + "'");
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    try {
      if (!on_line(Json::parse(line))) return {};
    } catch (const std::exception& error) {
      return corrupt(file.filename().string(), number, error.what());
    }
  }
  if (in.bad()) return fail(ErrorCode::kUnavailable, "reading '" + file.string() + "' failed");
  return {};
}

template <class Record>
Result<void> write_lines(const std::filesystem::path& file, const std::vector<Record>& records) {
  std::string text;
  for (const Record& record : records) text += json_of(record).dump() + '\n';
  return write_file(file, as_bytes(text));
}

}  // namespace

std::string_view task_word(TaskType type) { return word_of(kTasks, type); }
std::optional<TaskType> task_of(std::string_view word) { return value_of(kTasks, word); }
std::string_view split_word(Split split) { return word_of(kSplits, split); }
std::optional<Split> split_of(std::string_view word) { return value_of(kSplits, word); }

std::string to_json_line(const Conversation& conversation) { return json_of(conversation).dump(); }

Result<Conversation> parse_conversation(std::string_view line) {
  try {
    return conversation_of(Json::parse(line));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kCorrupt, std::string("a conversation cannot be read: ") + error.what());
  }
}

Result<void> read_conversations(const std::filesystem::path& folder,
                                const std::function<bool(Conversation)>& on_conversation) {
  return read_lines(folder / kConversationsFile,
                    [&](const Json& json) { return on_conversation(conversation_of(json)); });
}

Result<void> write_conversations(const std::filesystem::path& folder, const std::vector<Conversation>& conversations) {
  return write_lines(folder / kConversationsFile, conversations);
}

Result<std::vector<PhotoRecord>> read_photos(const std::filesystem::path& folder) {
  std::vector<PhotoRecord> photos;
  auto read = read_lines(folder / kPhotosFile, [&](const Json& json) {
    photos.push_back(photo_of(json));
    return true;
  });
  if (!read) return Unexpected{read.error()};
  return photos;
}

Result<void> write_photos(const std::filesystem::path& folder, const std::vector<PhotoRecord>& photos) {
  return write_lines(folder / kPhotosFile, photos);
}

Result<std::vector<CropRecord>> read_crops(const std::filesystem::path& folder) {
  std::vector<CropRecord> crops;
  auto read = read_lines(folder / kCropsFile, [&](const Json& json) {
    crops.push_back(crop_of(json));
    return true;
  });
  if (!read) return Unexpected{read.error()};
  return crops;
}

Result<void> write_crops(const std::filesystem::path& folder, const std::vector<CropRecord>& crops) {
  return write_lines(folder / kCropsFile, crops);
}

}  // namespace rap::dataset
