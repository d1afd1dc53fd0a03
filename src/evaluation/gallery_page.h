// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "evaluation/exam.h"
#include "rap/result.h"

namespace rap::evaluation {

struct GalleryPageOptions {
  std::size_t size = 60;       ///< most answers shown; groups take turns, so each shows some
  bool with_captions = false;  ///< show answers of Measure::kCaption, too, although none is wrong or right
};

/// One self-contained HTML page of wrong answers: photo, cards, question, what was expected, every
/// answer. Small pictures are part of the page; it has no scripts and loads nothing.
[[nodiscard]] Result<std::string> gallery_page(const Exam& exam, const ExamResult& result,
                                               const GalleryPageOptions& options);

/// Writes gallery_page() to a file.
[[nodiscard]] Result<void> write_gallery_page(const Exam& exam, const ExamResult& result,
                                              const GalleryPageOptions& options, const std::filesystem::path& file);

}  // namespace rap::evaluation
