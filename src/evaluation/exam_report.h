// SPDX-License-Identifier: Apache-2.0
// What the answers of an exam are worth. Pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/bootstrap.h"
#include "evaluation/exam.h"
#include "evaluation/name_scores.h"

namespace rap::evaluation {

/// What one answer is worth.
struct Marks {
  NameCounts names;       ///< kNames
  bool is_right = false;  ///< the answer as a whole; never of kCaption
  bool is_exact = false;  ///< kValue: says the value and nothing else
};

/// Judges an answer; `known` are the names in the question's memory.
[[nodiscard]] Marks mark(Measure measure, const Expected& expected, std::span<const std::string> known,
                         std::string_view answer);

/// One line of a report: a figure for each way of asking.
struct FigureRow {
  std::string group;                                      ///< ExamGroup::key
  std::string figure;                                     ///< "recall", "wrong_card_rate", ...
  std::string label;                                      ///< for people
  std::size_t questions = 0;                              ///< that the figure is of
  std::array<std::optional<Estimate>, kSittings> values;  ///< none where it was not asked that way
};

/// All figures of an exam, in the order of its groups; groups without answered questions are left
/// out. Intervals by resampling questions.
///   kNames    recall, precision and F1 of names (where any is expected), share of the answers that
///             say all of them (where several are), and wrong-card rate: the share of the answers that
///             say another name of the memory
///   kYesNo    accuracy where yes is right, where no is right, and the mean of both ("weighted")
///   kValue    share that says the value; share that says nothing else
///   kChoice, kBox   share that is right
///   kCaption  BLEU-1, BLEU-4, CIDEr-D
[[nodiscard]] std::vector<FigureRow> report(const Exam& exam, const ExamResult& result);

/// A wrong answer.
struct Failure {
  std::size_t question = 0;  ///< in Exam::questions
  Sitting sitting = Sitting::kUnchecked;
};

/// Questions that were answered wrong with a memory, each once, by the last sitting that got it wrong.
[[nodiscard]] std::vector<Failure> failures(const Exam& exam, const ExamResult& result);

}  // namespace rap::evaluation
