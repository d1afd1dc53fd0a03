// SPDX-License-Identifier: Apache-2.0
// Plain captions of photos that no training step saw, beside two controls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/caption_figures.h"
#include "evaluation/exam.h"
#include "rap/result.h"

namespace rap::evaluation {

/// Photos with what people said about them.
struct CaptionSet {
  std::vector<std::filesystem::path> photos;               ///< to be captioned
  std::vector<std::vector<std::string>> references;        ///< of each of them, at least one
  std::vector<std::vector<std::string>> train_references;  ///< the captions of each of other photos
};

/// Reads captions.tsv (`file<TAB>caption` a line), dev.txt and train.txt (a file a line, in images/) of a
/// folder. kNotFound for a missing file, kCorrupt (with the number of the line) for a line of another
/// form or a photo of dev.txt without a caption.
[[nodiscard]] Result<CaptionSet> read_caption_set(const std::filesystem::path& folder);

struct CaptionOptions {
  std::size_t limit = 0;  ///< photos captioned, chosen at random; 0 = all
  std::uint64_t seed = 1000;
};

/// One group, no memory: ask it with Sitting::kWithoutMemory alone.
[[nodiscard]] Exam caption_exam(const CaptionSet& set, const CaptionOptions& options);

/// The caption that does best when it is said of every photo: of those most like all others (mean cosine
/// of n-gram counts; not longer than the average), the one with the best BLEU-4 against the captions of
/// photos spread over the set. What says this of every photo is no captioner: a control. Empty without any.
[[nodiscard]] std::string typical_caption(const std::vector<std::vector<std::string>>& references);

struct CaptionReport {
  std::size_t photos = 0;
  CaptionFigures captions;
  CaptionFigures shuffled;  ///< the same captions, each beside another photo
  CaptionFigures typical;   ///< the typical training caption beside every photo
  std::string typical_caption;
};

/// What the answers of caption_exam() are worth.
[[nodiscard]] CaptionReport caption_report(const CaptionSet& set, const Exam& exam, const ExamResult& result,
                                           std::uint64_t seed);

}  // namespace rap::evaluation
