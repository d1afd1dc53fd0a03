// SPDX-License-Identifier: Apache-2.0
#include "evaluation/calibration_task.h"

#include <algorithm>

#include "evaluation/draw.h"
#include "retrieval/retriever.h"

namespace rap::evaluation {
namespace {

/// Which region is a concept's best depends on the weights that are sought, so the fit is
/// repeated with the weights found; it settles at once.
constexpr int kRounds = 3;
constexpr std::size_t kFolds = 2;
constexpr Calibration kStart{.similarity_weight = 1.0, .margin_weight = 1.0, .bias = 0.0};

/// A random memory and as many photos of known as of unknown subjects, `most` of each at most.
struct Question {
  Draw draw;
  Gallery gallery;
};

Question make_question(const Part& part, std::size_t index, std::size_t most, const FitOptions& options) {
  Random random(options.seed + index);
  const std::size_t subjects = part.subjects.size();
  const std::size_t known = index % 2 == 0 ? subjects / 2 : 1 + random.below(subjects);
  Draw draw = make_draw(*part.set, part.subjects, {.known = known, .views = 1}, random);
  random.shuffle(draw.asked);
  std::vector<std::size_t> of_known, of_unknown;
  for (const std::size_t photo : draw.asked) {
    (draw.knows(part.set->photos[photo].subject) ? of_known : of_unknown).push_back(photo);
  }
  const std::size_t each =
      std::min(most, of_unknown.empty() ? of_known.size() : std::min(of_known.size(), of_unknown.size()));
  of_known.resize(each);
  of_unknown.resize(std::min(each, of_unknown.size()));
  draw.asked = of_known;
  draw.asked.insert(draw.asked.end(), of_unknown.begin(), of_unknown.end());
  Gallery gallery = make_gallery(*part.set, draw);
  return {std::move(draw), std::move(gallery)};
}

/// Photos asked of each kind in a draw: as many as the smallest part can give, so that a large set does
/// not outweigh a small one.
std::size_t most_of_a_kind(std::span<const Part> parts) {
  std::size_t least = parts.front().set->photos.size();
  for (const Part& part : parts) {
    std::size_t photos = 0;
    for (const EmbeddedPhoto& photo : part.set->photos) {
      if (std::find(part.subjects.begin(), part.subjects.end(), photo.subject) != part.subjects.end()) ++photos;
    }
    least = std::min(least, (photos - part.subjects.size()) / 2);
  }
  return std::max<std::size_t>(least, 1);
}

}  // namespace

Calibration fit(std::span<const Part> parts, const FitOptions& options) {
  const std::size_t most = most_of_a_kind(parts);
  Calibration calibration = kStart;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<CalibrationSample> samples;
    for (const Part& part : parts) {
      for (std::size_t i = 0; i < options.draws; ++i) {
        const Question question = make_question(part, i, most, options);
        for (const std::size_t asked : question.draw.asked) {
          const EmbeddedPhoto& photo = part.set->photos[asked];
          const Candidate best = rank_candidates(question.gallery, photo.regions, calibration).front();
          samples.push_back({best.features, question.draw.known[best.concept_index] == photo.subject});
        }
      }
    }
    calibration = fit_calibration(samples);
  }
  return calibration;
}

Result<std::vector<HeldOut>> cross_validate(std::span<const PhotoSet> sets, const FitOptions& fit_options,
                                            const RetrievalOptions& options) {
  std::vector<std::vector<Part>> folds(kFolds);
  for (const PhotoSet& set : sets) {
    auto subjects = all_subjects(set);
    Random random(fit_options.seed);
    random.shuffle(subjects);
    for (std::size_t fold = 0; fold < kFolds; ++fold) {
      Part part{.set = &set, .subjects = {}};
      for (std::size_t i = fold; i < subjects.size(); i += kFolds) part.subjects.push_back(subjects[i]);
      folds[fold].push_back(std::move(part));
    }
  }
  std::vector<HeldOut> reports;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    const Calibration calibration = fit(folds[1 - fold], fit_options);
    for (const Part& part : folds[fold]) {
      auto report = measure_open_set(*part.set, part.subjects, options, calibration);
      if (!report) return Unexpected{report.error()};
      reports.push_back(
          {.set = part.set->name, .fold = fold, .calibration = calibration, .report = *std::move(report)});
    }
  }
  return reports;
}

}  // namespace rap::evaluation
