// SPDX-License-Identifier: Apache-2.0
#include "evaluation/caption_task.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "core/files.h"
#include "core/random.h"
#include "evaluation/bleu.h"
#include "evaluation/ngrams.h"

namespace rap::evaluation {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxListBytes = 1'000'000'000;
constexpr std::size_t kLikelyCaptions = 100;  ///< tried as the one caption for all
constexpr std::size_t kSampledPhotos = 200;   ///< that they are tried on

/// The lines of a text file without their ends; empty ones stay, so that numbers of lines are right.
Result<std::vector<std::string>> read_lines(const fs::path& file) {
  const auto bytes = read_file(file, kMaxListBytes);
  if (!bytes) return Unexpected{bytes.error()};
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    at = end + 1;
  }
  return lines;
}

using CaptionsByPhoto = std::map<std::string, std::vector<std::string>>;

Result<CaptionsByPhoto> read_captions(const fs::path& file) {
  const auto lines = read_lines(file);
  if (!lines) return Unexpected{lines.error()};
  CaptionsByPhoto captions;
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const std::string& line = (*lines)[i];
    if (line.empty()) continue;
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || tab == 0) {
      return fail(ErrorCode::kCorrupt,
                  "'" + file.string() + "', line " + std::to_string(i + 1) + ": not a file, a tab and a caption");
    }
    captions[line.substr(0, tab)].push_back(line.substr(tab + 1));
  }
  return captions;
}

using Direction = std::unordered_map<std::string, double>;

double norm(const NgramCounts& counts) {
  double squares = 0.0;
  for (const auto& [ngram, count] : counts) squares += static_cast<double>(count) * count;
  return std::sqrt(squares);
}

/// The summed unit vectors of all captions' n-gram counts, by n.
std::array<Direction, kOrders> centre_of(const std::vector<std::string>& captions) {
  std::array<Direction, kOrders> centre;
  for (const std::string& caption : captions) {
    const Ngrams ngrams = count_ngrams(caption_words(caption));
    for (std::size_t n = 0; n < kOrders; ++n) {
      const double length = norm(ngrams[n]);
      for (const auto& [ngram, count] : ngrams[n]) centre[n][ngram] += count / length;
    }
  }
  return centre;
}

double likeness(const std::string& caption, const std::array<Direction, kOrders>& centre) {
  const Ngrams ngrams = count_ngrams(caption_words(caption));
  double sum = 0.0;
  for (std::size_t n = 0; n < kOrders; ++n) {
    const double length = norm(ngrams[n]);
    for (const auto& [ngram, count] : ngrams[n]) sum += count * centre[n].at(ngram) / length;
  }
  return sum;
}

/// The captions most like all others, best first, among those that are not longer than the average.
std::vector<std::string> likely_captions(const std::vector<std::vector<std::string>>& references) {
  std::vector<std::string> captions;
  for (const auto& of_photo : references) captions.insert(captions.end(), of_photo.begin(), of_photo.end());
  std::size_t words = 0;
  for (const std::string& caption : captions) words += caption_words(caption).size();
  const auto centre = centre_of(captions);

  std::vector<std::pair<double, std::string>> ranked;
  for (const std::string& caption : captions) {
    if (caption_words(caption).size() * captions.size() <= words)
      ranked.emplace_back(-likeness(caption, centre), caption);
  }
  std::sort(ranked.begin(), ranked.end());
  ranked.erase(std::unique(ranked.begin(), ranked.end()), ranked.end());
  ranked.resize(std::min(ranked.size(), kLikelyCaptions));
  std::vector<std::string> likely;
  likely.reserve(ranked.size());
  for (auto& [unlikeness, caption] : ranked) likely.push_back(std::move(caption));
  return likely;
}

/// The words of the captions of at most kSampledPhotos photos, spread evenly.
std::vector<std::vector<Words>> sampled(const std::vector<std::vector<std::string>>& references) {
  std::vector<std::vector<Words>> samples;
  const std::size_t step = references.size() / kSampledPhotos + 1;
  for (std::size_t i = 0; i < references.size(); i += step) {
    samples.emplace_back();
    for (const std::string& caption : references[i]) samples.back().push_back(caption_words(caption));
  }
  return samples;
}

/// Every element beside another place than its own (if there are two).
std::vector<std::string> displaced(const std::vector<std::string>& captions, std::uint64_t seed) {
  std::vector<std::size_t> order(captions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed);
  random.shuffle(order);
  std::vector<std::string> moved(captions.size());
  for (std::size_t i = 0; i < order.size(); ++i) moved[order[i]] = captions[order[(i + 1) % order.size()]];
  return moved;
}

}  // namespace

Result<CaptionSet> read_caption_set(const fs::path& folder) {
  const auto captions = read_captions(folder / "captions.tsv");
  if (!captions) return Unexpected{captions.error()};
  const auto dev = read_lines(folder / "dev.txt");
  if (!dev) return Unexpected{dev.error()};
  const auto train = read_lines(folder / "train.txt");
  if (!train) return Unexpected{train.error()};

  CaptionSet set;
  for (std::size_t i = 0; i < dev->size(); ++i) {
    const std::string& photo = (*dev)[i];
    if (photo.empty()) continue;
    const auto found = captions->find(photo);
    if (found == captions->end()) {
      return fail(ErrorCode::kCorrupt, "'" + (folder / "dev.txt").string() + "', line " + std::to_string(i + 1) +
                                           ": the photo has no caption in captions.tsv");
    }
    set.photos.push_back(folder / "images" / photo);
    set.references.push_back(found->second);
  }
  for (const std::string& photo : *train) {
    const auto found = captions->find(photo);
    if (found == captions->end()) continue;
    set.train_references.push_back(found->second);
  }
  return set;
}

Exam caption_exam(const CaptionSet& set, const CaptionOptions& options) {
  Exam exam{.groups = {{"caption", "plain captions", Measure::kCaption}}, .memories = {}, .questions = {}};
  std::vector<std::size_t> order(set.photos.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(options.seed);
  random.shuffle(order);
  if (options.limit > 0) order.resize(std::min(order.size(), options.limit));
  for (const std::size_t index : order) {
    ExamQuestion question;
    question.task = Task::kCaption;
    question.photo = {set.photos[index]};
    question.expected.references = set.references[index];
    exam.questions.push_back(std::move(question));
  }
  return exam;
}

std::string typical_caption(const std::vector<std::vector<std::string>>& references) {
  const auto samples = sampled(references);
  std::string best;
  double best_score = -1.0;
  for (const std::string& caption : likely_captions(references)) {
    const Words words = caption_words(caption);
    BleuCounts sum;
    for (const auto& sample : samples) sum += count_bleu(words, sample);
    const double score = bleu(sum, kOrders);
    if (score > best_score) {
      best_score = score;
      best = caption;
    }
  }
  return best;
}

CaptionReport caption_report(const CaptionSet& set, const Exam& exam, const ExamResult& result, std::uint64_t seed) {
  std::vector<std::string> captions;
  std::vector<std::vector<std::string>> references;
  for (std::size_t i = 0; i < result.answers.size(); ++i) {
    const auto& answer = result.answers[i][static_cast<std::size_t>(Sitting::kWithoutMemory)];
    if (!answer) continue;
    captions.push_back(*answer);
    references.push_back(exam.questions[i].expected.references);
  }
  CaptionReport report{.photos = captions.size(),
                       .captions = caption_figures(captions, references),
                       .shuffled = caption_figures(displaced(captions, seed), references),
                       .typical = {},
                       .typical_caption = typical_caption(set.train_references)};
  report.typical = caption_figures(std::vector<std::string>(captions.size(), report.typical_caption), references);
  return report;
}

}  // namespace rap::evaluation
