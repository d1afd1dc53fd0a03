// SPDX-License-Identifier: Apache-2.0
// The evaluation files of the reference implementations of RAP (arXiv 2410.13360) and RePIC
// (arXiv 2506.18369) as an exam.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "evaluation/exam.h"
#include "rap/result.h"

namespace rap::evaluation {

struct RapFilesOptions {
  std::filesystem::path questions;  ///< the JSON file of questions
  std::filesystem::path database;   ///< the concepts, see import_rap_database()
  std::filesystem::path images;     ///< folder that paths of photos are relative to; empty = that of `questions`
  bool give_cards = false;          ///< give the cards of the expected concepts ("skip retrieval")
  std::size_t limit = 0;            ///< most questions, chosen at random; 0 = all
  std::uint64_t seed = 1000;
};

/// Reads a file of one of these shapes, told apart by what is in it:
///   captions      {"photo": ["<bo>", ...], ...}: the names of a caption (RAP, RePIC)
///   recognition   [{"image", "question", "concept", "correct_answer": bool}, ...]
///   visual QA     {"bo": {"photo": {"question", "options": {"A": ..., "B": ...}, "correct_answer": "B"}}}
///   text QA       {"bo": {"0": {"question", "option": {...}, "correct_answer"}}}
/// "<image>" is taken out of questions, "sks" becomes the name, "<bo>" becomes "bo"; options are asked
/// for as the reference does. The whole database is remembered. kNotFound, kTooLarge (200 MB) or
/// kCorrupt for another shape; photos are looked for when they are asked about.
[[nodiscard]] Result<Exam> rap_files_exam(const RapFilesOptions& options);

}  // namespace rap::evaluation
