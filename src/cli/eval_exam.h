// SPDX-License-Identifier: Apache-2.0
// What the verbs of `rap eval` that put questions to the assistant share.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/exit_code.h"
#include "evaluation/exam.h"
#include "evaluation/exam_report.h"
#include "json/json.h"

namespace rap::cli {

struct ExamFlags {
  std::filesystem::path gallery;  ///< page of failures; empty = none is wanted
  std::size_t gallery_size = 60;
  bool without_control = false;                ///< leave out the answers without a memory
  GenerateOptions generate{.max_tokens = 40};  ///< greedy, so that figures can be had again
};

/// Adds --gallery, --gallery-size and --max-tokens.
void add_exam_flags(CLI::App& verb, ExamFlags& flags);

/// Adds --without-control.
void add_control_flag(CLI::App& verb, ExamFlags& flags);

/// Adds --data, with its variable.
void add_data_flag(CLI::App& verb, std::filesystem::path& data, const std::string& help);

/// "0.912  [0.870, 0.950]".
[[nodiscard]] std::string text(const evaluation::Estimate& value);
[[nodiscard]] Json json(const evaluation::Estimate& value);

/// Asks an exam of an assistant that is opened on a memory of its own, which is removed afterwards,
/// behind a progress line. After Ctrl-C the result is incomplete.
[[nodiscard]] Result<evaluation::ExamResult> sit_exam(Context& context, const evaluation::Exam& exam,
                                                      const ExamFlags& flags,
                                                      const std::vector<evaluation::Sitting>& sittings);

/// Sits an exam in all ways and delivers its figures: a table or JSON, and the page of failures.
/// `about` are further members of the JSON.
[[nodiscard]] Result<ExitCode> run_exam(Context& context, const evaluation::Exam& exam, const ExamFlags& flags,
                                        Json about);

/// {questions, answers, seconds_per_answer, complete}.
[[nodiscard]] Json exam_json(const evaluation::ExamResult& result);

/// Says how many questions were asked and how fast; warns where the exam was cut short.
void remark_on(const Context& context, const evaluation::Exam& exam, const evaluation::ExamResult& result);

}  // namespace rap::cli
