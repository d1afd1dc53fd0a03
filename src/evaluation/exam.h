// SPDX-License-Identifier: Apache-2.0
// Questions with known answers, put to the assistant that serves: with a memory of known content,
// with and without the check of names, and without any memory for comparison.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rap/assistant.h"
#include "rap/result.h"

namespace rap::evaluation {

/// A picture of an exam: none, a photo file, or two photo files laid side by side (see side_by_side()).
using ExamPhoto = std::vector<std::filesystem::path>;

/// Reads or composes the photo file that is asked about; empty for none. Errors name the file.
[[nodiscard]] Result<Bytes> load(const ExamPhoto& photo);

/// One concept of a memory.
struct ExamCard {
  ConceptDraft draft;
  std::filesystem::path avatar;  ///< photo file; empty = a concept without views
};

/// What the assistant remembers while a question is asked: cards, or a database of the RAP
/// reference (see import_rap_database()).
struct ExamMemory {
  std::vector<ExamCard> cards;
  std::filesystem::path rap_database;
};

/// How an answer is judged.
enum class Measure {
  kNames,    ///< says all names that it has to, and no other of the memory
  kYesNo,    ///< yes or no
  kValue,    ///< says a value
  kChoice,   ///< the letter of one of several options, or its words
  kCaption,  ///< like the references: BLEU and CIDEr
  kBox,      ///< a box, or that there is none
};

/// What a right answer is; which members count depends on the measure.
struct Expected {
  std::vector<std::string> names;       ///< kNames: have to be said
  bool yes = false;                     ///< kYesNo
  std::vector<std::string> values;      ///< kValue, kChoice: any of them is right
  std::vector<std::string> not_values;  ///< kValue, kChoice: none of them may be said
  char letter = 0;                      ///< kChoice: of the right option, upper case
  std::vector<std::string> references;  ///< kCaption: at least one
  std::optional<Box> box;               ///< kBox: none = it is not there
};

/// Questions whose answers make up one figure or a few.
struct ExamGroup {
  std::string key;    ///< for JSON, e.g. "right_card"
  std::string label;  ///< for people, e.g. "right card"
  Measure measure = Measure::kNames;
};

struct ExamQuestion {
  std::size_t group = 0;  ///< in Exam::groups
  Task task = Task::kAsk;
  ExamPhoto photo;
  std::string question;            ///< empty = the task's standard question
  std::vector<Turn> turns;         ///< what was said before
  std::size_t memory = 0;          ///< in Exam::memories
  std::vector<std::string> given;  ///< names of concepts whose cards are given whatever retrieval finds
  Expected expected;
};

struct Exam {
  std::vector<ExamGroup> groups;
  std::vector<ExamMemory> memories;
  std::vector<ExamQuestion> questions;
};

/// The ways in which every question is asked.
enum class Sitting { kWithoutMemory, kUnchecked, kChecked };
inline constexpr std::size_t kSittings = 3;
[[nodiscard]] const char* to_word(Sitting sitting) noexcept;

struct ExamOptions {
  std::vector<Sitting> sittings{Sitting::kWithoutMemory, Sitting::kUnchecked, Sitting::kChecked};
  RecognizeOptions recognize;
  GenerateOptions generate;
};

/// The answers to one question, by Sitting; none where it was not asked.
using ExamAnswers = std::array<std::optional<std::string>, kSittings>;

struct ExamResult {
  std::vector<ExamAnswers> answers;                    ///< as Exam::questions, or fewer after an interruption
  std::vector<std::vector<std::string>> memory_names;  ///< of each memory's concepts; empty where it was not used
  std::size_t asked = 0;                               ///< how many answers the assistant gave
  double seconds = 0.0;                                ///< that it took for them
  bool is_complete = false;                            ///< every question was asked
};

/// Called after each question; returning false ends the exam.
using OnQuestion = std::function<bool()>;

/// Asks all questions in order. Memories are filled when they are first needed, each for an owner of
/// its own, so the assistant should be opened on a memory that can be thrown away. Where an answer
/// without the check breaks none of its rules (every concept that was found is named, none is that has
/// no card), it is taken for the checked one, too; and what is asked without a memory is asked once.
/// Errors are those of reading photos and of the assistant.
[[nodiscard]] Result<ExamResult> sit(Assistant& assistant, const Exam& exam, const ExamOptions& options,
                                     const OnQuestion& on_question);

}  // namespace rap::evaluation
