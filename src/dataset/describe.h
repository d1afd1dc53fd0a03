// SPDX-License-Identifier: Apache-2.0
// Third step of the pipeline: what each crop shows, in words.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

#include "dataset/collect.h"
#include "dataset/photo.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap::dataset {

/// What describing did; the numbers of crops.
struct DescribeReport {
  std::size_t crops = 0;
  std::size_t described = 0;   ///< that have a description now
  std::size_t kept = 0;        ///< whose answer was known from an earlier run
  std::size_t requests = 0;    ///< sent, or to be sent in a dry run
  std::size_t unasked = 0;     ///< left as they were, since the budget was spent
  std::size_t unreadable = 0;  ///< left as they were, since the teacher's answer was no description
};

/// Takes category, phrase and attributes of the set's crops from the captions of their photos
/// (dataset/nouns.h) and rewrites crops.jsonl. Crops whose noun the captions do not speak of stay as they are.
[[nodiscard]] Result<DescribeReport> describe_by_captions(const std::filesystem::path& folder);

/// How a teacher is asked.
struct TeacherOptions {
  std::string prompt;                           ///< `{noun}` and `{captions}` are filled in; empty = the built-in one
  std::string teacher;                          ///< identifies the model, so that answers of another one are not reused
  std::size_t budget = 1000;                    ///< most requests of this run
  bool dry_run = false;                         ///< count only: nothing is sent, nothing is written
  int attempts = 4;                             ///< for one crop, while the server is unavailable
  std::chrono::milliseconds first_wait{1'000};  ///< before the second attempt; doubled each time
};

/// Asks a generator that reads pictures to describe each crop, and rewrites crops.jsonl. Answers are
/// kept in teacher.cache as they come, under a hash of teacher, prompt and picture, so a run that was
/// stopped goes on and equal questions cost nothing. An answer that is no such JSON leaves the crop
/// as it was. kUnsupported for a generator that needs an encoder's maps, kUnavailable when all
/// attempts failed, kCancelled; crops.jsonl is then unchanged.
[[nodiscard]] Result<DescribeReport> describe_by_teacher(const std::filesystem::path& folder, const Generator& teacher,
                                                         const TeacherOptions& options, const OnStep& on_step);

/// Reads a teacher's answer into a crop's category, phrase and attributes; text around the JSON
/// object is allowed. False, and the crop unchanged, if it is none or its texts are too long. Pure.
[[nodiscard]] bool read_description(const std::string& answer, CropRecord& crop);

}  // namespace rap::dataset
