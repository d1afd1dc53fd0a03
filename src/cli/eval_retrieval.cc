// SPDX-License-Identifier: Apache-2.0
// rap eval retrieval --data DIR [--subjects SET...] [--fit]: how often the right concept is found when all are
// known, on folders of photos.
#include <fmt/format.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "cli/eval_embed.h"
#include "cli/eval_exam.h"
#include "cli/eval_openset.h"
#include "cli/eval_verbs.h"
#include "cli/numbers.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "evaluation/calibration_task.h"
#include "evaluation/retrieval_task.h"
#include "json/json.h"

namespace rap::cli {
namespace {

using namespace evaluation;
using cli::json;

struct RetrievalFlags {
  SetFlags sets;
  RetrievalOptions options;
  FitOptions fit;
  bool wants_fit = false;
};

Json json(const Calibration& calibration) {
  return {{"similarity_weight", calibration.similarity_weight},
          {"margin_weight", calibration.margin_weight},
          {"bias", calibration.bias}};
}

void print(const Context& context, const PhotoSet& set, const RetrievalReport& report) {
  print_heading(context, set);
  Table table({"figure", "mean  [95 % interval]"});
  table.add({"top-1", text(report.top1)});
  table.add({"top-1, by similarity", text(report.top1_by_similarity)});
  table.print(context.console.out, context.console.columns, context.colour_out());
  context.console.out << '\n';
}

Result<ExitCode> run_fit(Context& context, const std::vector<PhotoSet>& sets, const RetrievalFlags& flags) {
  std::vector<Part> parts;
  parts.reserve(sets.size());
  for (const PhotoSet& set : sets) parts.push_back({&set, all_subjects(set)});
  const Calibration calibration = fit(parts, flags.fit);
  const auto held_out = cross_validate(sets, flags.fit, flags.options);
  if (!held_out) return Unexpected{held_out.error()};
  const double threshold = least_probability(context, calibration);

  if (context.settings.json) {
    Json folds = Json::array();
    for (const HeldOut& fold : *held_out) {
      Json entry = {{"set", fold.set}, {"fold", fold.fold}, {"calibration", json(fold.calibration)}};
      entry.update(json(fold.report, threshold));
      folds.push_back(std::move(entry));
    }
    print_json(context.console.out, {{"calibration", json(calibration)}, {"held_out", std::move(folds)}});
    return ExitCode::kOk;
  }
  Table table(
      {"fitted on", "similarity", "margin", "bias", "reported on", "TPR 5 %", "TPR 1 %", "TPR", "FPR", "error"});
  const auto number = [](double value) { return fmt::format("{:.3f}", value); };
  const auto weights = [&](std::string name, const Calibration& fitted) {
    return std::vector<std::string>{std::move(name), number(fitted.similarity_weight), number(fitted.margin_weight),
                                    number(fitted.bias)};
  };
  auto all = weights("all subjects", calibration);
  all.resize(10, "-");
  table.add(std::move(all));
  for (const HeldOut& fold : *held_out) {
    auto row = weights(fmt::format("half {}", 2 - fold.fold), fold.calibration);
    const OpenSetReport& report = fold.report;
    const AtThreshold rates = rates_at(report.draws, threshold);
    row.push_back(fmt::format("half {} of {}", fold.fold + 1, fold.set));
    for (const double value : {report.by_probability.tpr_at_5.mean, report.by_probability.tpr_at_1.mean, rates.tpr.mean,
                               rates.fpr.mean, report.reliability.error}) {
      row.push_back(number(value));
    }
    table.add(std::move(row));
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
  if (!context.settings.options.encoder.empty()) {
    context.console.out << "\nFor the description of the encoder:\n\"calibration\": " << json(calibration).dump()
                        << '\n';
  }
  return ExitCode::kOk;
}

Result<ExitCode> run_retrieval(Context& context, const RetrievalFlags& flags) {
  const auto encoder = context.services.open_encoder(context.settings.options);
  if (!encoder) return Unexpected{encoder.error()};
  const auto sets = embed_sets(context, **encoder, flags.sets);
  if (!sets) return Unexpected{sets.error()};
  if (flags.wants_fit) return run_fit(context, *sets, flags);
  const auto calibration = open_calibration(context.settings.options);
  if (!calibration) return Unexpected{calibration.error()};

  Json reports = Json::array();
  for (const PhotoSet& set : *sets) {
    const auto report = measure_retrieval(set, all_subjects(set), flags.options, *calibration);
    if (!report) return Unexpected{report.error()};
    if (!context.settings.json) print(context, set, *report);
    reports.push_back({{"set", set.name},
                       {"subjects", set.subjects.size()},
                       {"photos", set.photos.size()},
                       {"top1", json(report->top1)},
                       {"top1_by_similarity", json(report->top1_by_similarity)}});
  }
  if (context.settings.json) print_json(context.console.out, {{"sets", std::move(reports)}});
  return ExitCode::kOk;
}

}  // namespace

void add_eval_retrieval(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<RetrievalFlags>();
  CLI::App* verb = program.add_verb(group, "retrieval", "How often the right concept is found (docs/evaluation.md)",
                                    [flags](Context& context) { return run_retrieval(context, *flags); });
  add_set_flags(*verb, flags->sets);
  add_draw_flags(*verb, flags->options.draws, flags->options.views, flags->options.seed);
  verb->add_flag("--fit", flags->wants_fit,
                 "Fit the calibration instead, and report it on subjects it was not fitted on");
  verb->add_option("--fit-draws", flags->fit.draws, "Random memories of each set that --fit learns from")
      ->capture_default_str()
      ->check(number_from(1));
}

}  // namespace rap::cli
