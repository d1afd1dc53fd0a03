// SPDX-License-Identifier: Apache-2.0
// The format of rap's training data, version 1: a folder that holds
//
//   dataset.json         version, seed, recipe, sources with licences, counts
//   photos.jsonl         what was collected (dataset/photo.h)
//   crops.jsonl          where a concept was found in them (dataset/crop.h)
//   conversations.jsonl  one Conversation a line
//   skipped.jsonl        what could not be used, and why
//   images/              every picture that a line names; the folder can be moved as a whole
//
// Every file is written whole under another name and then renamed, so a killed run leaves no half
// file behind.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rap/result.h"
#include "rap/types.h"

namespace rap::dataset {

inline constexpr int kVersion = 1;

/// What a conversation teaches; the words of the files in brackets.
enum class TaskType {
  kCaption,          ///< a caption without cards ("caption")
  kPersonalCaption,  ///< a caption that names whom the cards know ("personal_caption")
  kDescription,      ///< a longer description with what the cards tell ("description")
  kVisualQa,         ///< a question about what the photo shows ("visual_qa")
  kTextQa,           ///< a question that a card's text answers ("text_qa")
  kRecognition,      ///< is N in the photo: yes or no, with a reason ("recognition")
  kGrounding,        ///< where is N: a box, or that it is not there ("grounding")
  kChat,             ///< text alone, so that the model still chats ("chat")
};

[[nodiscard]] std::string_view task_word(TaskType type);
[[nodiscard]] std::optional<TaskType> task_of(std::string_view word);

enum class Split { kTrain, kDev, kTest };

[[nodiscard]] std::string_view split_word(Split split);
[[nodiscard]] std::optional<Split> split_of(std::string_view word);

/// One card of a conversation: what the memory would tell about a concept.
struct CardRecord {
  std::string name;
  std::string category;
  std::string info;
  std::map<std::string, std::string> attributes;
  std::string image;       ///< avatar, relative to the set's folder; empty = none
  bool in_photo = false;   ///< the truth: the photo shows this very concept
  double seen = 0.0;       ///< what retrieval says: probability that the photo shows it
  std::optional<Box> box;  ///< where retrieval saw it

  friend bool operator==(const CardRecord&, const CardRecord&) = default;
};

struct QuestionAnswer {
  std::string question;
  std::string answer;

  friend bool operator==(const QuestionAnswer&, const QuestionAnswer&) = default;
};

/// One conversation. Conversations of equal `context` have the same image and the same cards, in
/// the same order, so a trainer reads those once for all of them.
struct Conversation {
  std::string id;       ///< unique in the set
  std::string context;  ///< photo and cards, as a key
  TaskType type = TaskType::kCaption;
  Split split = Split::kTrain;
  std::string source;  ///< name of the collected source the photo comes from
  std::string image;   ///< relative to the set's folder; empty = no photo
  std::vector<CardRecord> cards;
  std::vector<QuestionAnswer> turns;    ///< at least one, oldest first
  std::vector<std::string> references;  ///< for evaluation: other right answers to the last turn

  friend bool operator==(const Conversation&, const Conversation&) = default;
};

/// One line of conversations.jsonl, without the line's end.
[[nodiscard]] std::string to_json_line(const Conversation& conversation);

/// Reads one line. kCorrupt, saying which field is missing or wrong.
[[nodiscard]] Result<Conversation> parse_conversation(std::string_view line);

/// Reads a set's conversations in order; returning false from `on_conversation` ends the reading.
/// kNotFound, or kCorrupt with the number of the line.
[[nodiscard]] Result<void> read_conversations(const std::filesystem::path& folder,
                                              const std::function<bool(Conversation)>& on_conversation);

/// Writes a set's conversations, replacing those it had.
[[nodiscard]] Result<void> write_conversations(const std::filesystem::path& folder,
                                               const std::vector<Conversation>& conversations);

}  // namespace rap::dataset
