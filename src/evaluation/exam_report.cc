// SPDX-License-Identifier: Apache-2.0
#include "evaluation/exam_report.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/box_overlap.h"
#include "evaluation/caption_figures.h"
#include "evaluation/qa_scores.h"

namespace rap::evaluation {
namespace {

constexpr double kLeastOverlap = 0.5;  ///< of a right box

constexpr std::array<Sitting, kSittings> kAllSittings{Sitting::kWithoutMemory, Sitting::kUnchecked, Sitting::kChecked};

Marks mark_value(const Expected& expected, std::string_view answer) {
  return {.is_right = says_any(answer, expected.values) && !says_any(answer, expected.not_values),
          .is_exact = is_exactly(answer, expected.values)};
}

Marks mark_choice(const Expected& expected, std::string_view answer) {
  if (const auto letter = chosen_letter(answer)) return {.is_right = *letter == expected.letter};
  return {.is_right = mark_value(expected, answer).is_right};
}

Marks mark_box(const Expected& expected, std::string_view answer) {
  const auto box = box_in(answer);
  if (!expected.box) return {.is_right = !box};
  return {.is_right = box && box_overlap(*box, *expected.box) >= kLeastOverlap};
}

/// An answer with its marks and whether yes was the right one.
struct Marked {
  Marks marks;
  bool is_yes = false;
};

using Answers = std::span<const Marked* const>;
using MarksFigure = std::function<double(Answers)>;

NameCounts sum_names(Answers answers) {
  NameCounts sum;
  for (const Marked* answer : answers) sum += answer->marks.names;
  return sum;
}

/// The share of answers that `of` selects for which `what` holds; 0 if it selects none.
template <class Of, class What>
double share(Answers answers, const Of& of, const What& what) {
  std::size_t total = 0, hits = 0;
  for (const Marked* answer : answers) {
    if (!of(*answer)) continue;
    ++total;
    hits += what(*answer) ? 1 : 0;
  }
  return total == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(total);
}

bool any(const Marked&) { return true; }
bool is_right(const Marked& answer) { return answer.marks.is_right; }
bool is_exact(const Marked& answer) { return answer.marks.is_exact; }
bool says_wrong_name(const Marked& answer) { return answer.marks.names.wrong > 0; }
bool says_all_names(const Marked& answer) { return answer.marks.names.says_all(); }
bool wants_yes(const Marked& answer) { return answer.is_yes; }
bool wants_no(const Marked& answer) { return !answer.is_yes; }

MarksFigure share_of(bool (*what)(const Marked&)) {
  return [what](Answers answers) { return share(answers, any, what); };
}

struct NamedFigure {
  const char* key;
  const char* label;
  MarksFigure figure;
  bool (*among)(const Marked&) = any;  ///< the answers that it is a figure of
};

/// `most`: the most names that an answer of the group has to say.
std::vector<NamedFigure> name_figures(std::size_t most) {
  std::vector<NamedFigure> figures;
  if (most > 0) {
    figures = {{"recall", "names said (recall)", [](auto answers) { return name_recall(sum_names(answers)); }},
               {"precision", "precision", [](auto answers) { return name_precision(sum_names(answers)); }},
               {"f1", "F1", [](auto answers) { return name_f1(sum_names(answers)); }}};
  }
  if (most > 1) figures.push_back({"all_named", "answers that say all names", share_of(says_all_names)});
  figures.push_back({"wrong_card_rate", "a wrong name", share_of(says_wrong_name)});
  return figures;
}

/// The mean of the accuracies where yes and where no is right, as if both were asked equally often.
double weighted_accuracy(Answers answers) {
  return 0.5 * (share(answers, wants_yes, is_right) + share(answers, wants_no, is_right));
}

std::vector<NamedFigure> yes_no_figures() {
  return {{"positive", "right where yes is", share_of(is_right), wants_yes},
          {"negative", "right where no is", share_of(is_right), wants_no},
          {"weighted", "weighted", weighted_accuracy}};
}

/// The questions of one group that were asked, in order.
using Indices = std::vector<std::size_t>;

std::vector<NamedFigure> figures_of(const Exam& exam, const ExamGroup& group, const Indices& questions) {
  switch (group.measure) {
    case Measure::kNames: {
      std::size_t most = 0;
      for (const std::size_t i : questions) most = std::max(most, exam.questions[i].expected.names.size());
      return name_figures(most);
    }
    case Measure::kYesNo:
      return yes_no_figures();
    case Measure::kValue:
      return {{"accuracy", "right", share_of(is_right)}, {"exact", "right, word for word", share_of(is_exact)}};
    case Measure::kChoice:
    case Measure::kBox:
      return {{"accuracy", "right", share_of(is_right)}};
    case Measure::kCaption:
      return {};
  }
  return {};
}

Marks mark(const Exam& exam, const ExamResult& result, std::size_t index, Sitting sitting) {
  const ExamQuestion& question = exam.questions[index];
  static const std::vector<std::string> kNone;
  const auto& known = exam.memories.empty() ? kNone : result.memory_names[question.memory];
  return mark(exam.groups[question.group].measure, question.expected, known,
              *result.answers[index][static_cast<std::size_t>(sitting)]);
}

bool was_asked(const ExamResult& result, std::size_t index, Sitting sitting) {
  return index < result.answers.size() && result.answers[index][static_cast<std::size_t>(sitting)].has_value();
}

Estimate estimate(const std::vector<Marked>& answers, const NamedFigure& named) {
  std::vector<const Marked*> among;
  for (const Marked& answer : answers) {
    if (named.among(answer)) among.push_back(&answer);
  }
  std::vector<const Marked*> resampled(among.size());
  return bootstrap(among.size(), [&](std::span<const std::size_t> chosen) {
    for (std::size_t i = 0; i < chosen.size(); ++i) resampled[i] = among[chosen[i]];
    return named.figure(resampled);
  });
}

void add_marked_rows(const Exam& exam, const ExamResult& result, const ExamGroup& group, const Indices& questions,
                     std::vector<FigureRow>& rows) {
  const std::size_t first = rows.size();
  const auto figures = figures_of(exam, group, questions);
  for (const NamedFigure& named : figures) {
    const auto count = std::count_if(questions.begin(), questions.end(), [&](std::size_t i) {
      return named.among({.marks = {}, .is_yes = exam.questions[i].expected.yes});
    });
    rows.push_back({group.key, named.key, group.label + ": " + named.label, static_cast<std::size_t>(count), {}});
  }
  for (const Sitting sitting : kAllSittings) {
    std::vector<Marked> marked;
    for (const std::size_t index : questions) {
      if (!was_asked(result, index, sitting)) continue;
      marked.push_back({mark(exam, result, index, sitting), exam.questions[index].expected.yes});
    }
    if (marked.empty()) continue;
    for (std::size_t i = 0; i < figures.size(); ++i) {
      rows[first + i].values[static_cast<std::size_t>(sitting)] = estimate(marked, figures[i]);
    }
  }
}

void add_caption_rows(const Exam& exam, const ExamResult& result, const ExamGroup& group, const Indices& questions,
                      std::vector<FigureRow>& rows) {
  const std::size_t first = rows.size();
  for (const auto& [key, label] : {std::pair{"bleu_1", "BLEU-1"}, {"bleu_4", "BLEU-4"}, {"cider", "CIDEr-D"}}) {
    rows.push_back({group.key, key, group.label + ": " + label, questions.size(), {}});
  }
  for (const Sitting sitting : kAllSittings) {
    std::vector<std::string> captions;
    std::vector<std::vector<std::string>> references;
    for (const std::size_t index : questions) {
      if (!was_asked(result, index, sitting)) continue;
      captions.push_back(*result.answers[index][static_cast<std::size_t>(sitting)]);
      references.push_back(exam.questions[index].expected.references);
    }
    if (captions.empty()) continue;
    const CaptionFigures figures = caption_figures(captions, references);
    const auto at = static_cast<std::size_t>(sitting);
    rows[first].values[at] = figures.bleu.front();
    rows[first + 1].values[at] = figures.bleu.back();
    rows[first + 2].values[at] = figures.cider;
  }
}

}  // namespace

Marks mark(Measure measure, const Expected& expected, std::span<const std::string> known, std::string_view answer) {
  switch (measure) {
    case Measure::kNames: {
      const NameCounts names = count_names(answer, expected.names, known);
      return {.names = names, .is_right = names.says_all() && names.wrong == 0};
    }
    case Measure::kYesNo:
      return {.is_right = yes_or_no(answer) == std::optional(expected.yes)};
    case Measure::kValue:
      return mark_value(expected, answer);
    case Measure::kChoice:
      return mark_choice(expected, answer);
    case Measure::kBox:
      return mark_box(expected, answer);
    case Measure::kCaption:
      return {};
  }
  return {};
}

std::vector<FigureRow> report(const Exam& exam, const ExamResult& result) {
  std::vector<Indices> by_group(exam.groups.size());
  for (std::size_t i = 0; i < result.answers.size(); ++i) by_group[exam.questions[i].group].push_back(i);
  std::vector<FigureRow> rows;
  for (std::size_t i = 0; i < exam.groups.size(); ++i) {
    if (by_group[i].empty()) continue;
    if (exam.groups[i].measure == Measure::kCaption) {
      add_caption_rows(exam, result, exam.groups[i], by_group[i], rows);
    } else {
      add_marked_rows(exam, result, exam.groups[i], by_group[i], rows);
    }
  }
  return rows;
}

std::vector<Failure> failures(const Exam& exam, const ExamResult& result) {
  std::vector<Failure> wrong;
  for (std::size_t i = 0; i < result.answers.size(); ++i) {
    if (exam.groups[exam.questions[i].group].measure == Measure::kCaption) continue;
    for (const Sitting sitting : {Sitting::kChecked, Sitting::kUnchecked}) {
      if (!was_asked(result, i, sitting) || mark(exam, result, i, sitting).is_right) continue;
      wrong.push_back({i, sitting});
      break;
    }
  }
  return wrong;
}

}  // namespace rap::evaluation
