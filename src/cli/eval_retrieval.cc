// SPDX-License-Identifier: Apache-2.0
// rap eval retrieval --data DIR [--subjects SET...] [--fit]: how well concepts are found, on
// folders of photos.
#include <fmt/format.h>

#include <ostream>
#include <string>
#include <vector>

#include "cli/eval_embed.h"
#include "cli/eval_exam.h"
#include "cli/eval_verbs.h"
#include "cli/json.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "evaluation/calibration_task.h"
#include "evaluation/composed_task.h"
#include "evaluation/retrieval_task.h"

namespace rap::cli {
namespace {

using namespace evaluation;

struct RetrievalFlags {
  std::filesystem::path data;
  std::vector<std::string> subjects{"dreambooth"};
  std::filesystem::path distractors;
  std::size_t distractor_count = 1000;
  std::size_t pairs = 60;
  RetrievalOptions options;
  FitOptions fit;
  bool wants_fit = false;
};

using cli::json;

Json json(const OpenSetFigures& figures) {
  return {{"tpr_at_fpr_5", json(figures.tpr_at_5)}, {"tpr_at_fpr_1", json(figures.tpr_at_1)}};
}

Json json(const AtThreshold& figures) { return {{"tpr", json(figures.tpr)}, {"fpr", json(figures.fpr)}}; }

Json json(const Reliability& reliability) {
  Json bins = Json::array();
  for (const auto& bin : reliability.bins) {
    bins.push_back({{"photos", bin.count}, {"probability", bin.probability}, {"right", bin.right}});
  }
  return {{"expected_calibration_error", reliability.error}, {"bins", std::move(bins)}};
}

Json json(const RetrievalReport& report) {
  return {{"top1", json(report.top1)},
          {"top1_by_similarity", json(report.top1_by_similarity)},
          {"by_similarity", json(report.by_similarity)},
          {"by_probability", json(report.by_probability)},
          {"at_threshold", json(report.at_threshold)},
          {"reliability", json(report.reliability)}};
}

Json json(const ComposedReport& report) {
  return {{"pairs", report.pairs},
          {"both", report.both},
          {"at_least_one", report.at_least_one},
          {"wrong_name", report.wrong_name}};
}

Json json(const DistractorReport& report) {
  return {
      {"distractors", report.distractors}, {"top1", json(report.top1)}, {"at_threshold", json(report.at_threshold)}};
}

Json json(const Calibration& calibration) {
  return {{"similarity_weight", calibration.similarity_weight},
          {"margin_weight", calibration.margin_weight},
          {"bias", calibration.bias}};
}

/// Everything measured on one set.
struct SetReport {
  std::string set;
  std::size_t subjects = 0;
  std::size_t photos = 0;
  RetrievalReport retrieval;
  std::optional<ComposedReport> composed;
  std::optional<DistractorReport> distractors;
};

Json json(const SetReport& report) {
  Json result = {{"set", report.set}, {"subjects", report.subjects}, {"photos", report.photos}};
  result.update(json(report.retrieval));
  if (report.composed) result["composed"] = json(*report.composed);
  if (report.distractors) result["with_distractors"] = json(*report.distractors);
  return result;
}

void print(const Context& context, const SetReport& report) {
  std::ostream& out = context.console.out;
  out << styled(Style::kBold,
                fmt::format("{}: {} subjects, {} photos", one_line(report.set), report.subjects, report.photos),
                context.colour_out())
      << '\n';
  const RetrievalReport& retrieval = report.retrieval;
  Table table({"figure", "mean  [95 % interval]"});
  table.add({"top-1, all known", text(retrieval.top1)});
  table.add({"top-1, all known, by similarity", text(retrieval.top1_by_similarity)});
  table.add({"half known: TPR at 5 % FPR", text(retrieval.by_probability.tpr_at_5)});
  table.add({"half known: TPR at 1 % FPR", text(retrieval.by_probability.tpr_at_1)});
  table.add({"half known, by similarity: TPR at 5 % FPR", text(retrieval.by_similarity.tpr_at_5)});
  table.add({"half known, by similarity: TPR at 1 % FPR", text(retrieval.by_similarity.tpr_at_1)});
  table.add({"half known, at the threshold: TPR", text(retrieval.at_threshold.tpr)});
  table.add({"half known, at the threshold: FPR", text(retrieval.at_threshold.fpr)});
  table.add({"half known: expected calibration error", fmt::format("{:.3f}", retrieval.reliability.error)});
  if (report.composed) {
    const ComposedReport& composed = *report.composed;
    table.add({fmt::format("{} composed pairs: both found", composed.pairs), fmt::format("{:.3f}", composed.both)});
    table.add({"composed pairs: at least one found", fmt::format("{:.3f}", composed.at_least_one)});
    table.add({"composed pairs: a wrong name", fmt::format("{:.3f}", composed.wrong_name)});
  }
  if (report.distractors) {
    const DistractorReport& more = *report.distractors;
    table.add({fmt::format("{} distractors: top-1, all known", more.distractors), text(more.top1)});
    table.add({"distractors, half known, at the threshold: TPR", text(more.at_threshold.tpr)});
    table.add({"distractors, half known, at the threshold: FPR", text(more.at_threshold.fpr)});
  }
  table.print(out, context.console.columns, context.colour_out());

  Table bins({"probability", "photos", "mean", "right"});
  for (std::size_t i = 0; i < retrieval.reliability.bins.size(); ++i) {
    const auto& bin = retrieval.reliability.bins[i];
    bins.add({fmt::format("{:.1f} - {:.1f}", 0.1 * static_cast<double>(i), 0.1 * static_cast<double>(i + 1)),
              fmt::format("{}", bin.count), fmt::format("{:.3f}", bin.probability), fmt::format("{:.3f}", bin.right)});
  }
  out << '\n';
  bins.print(out, context.console.columns, context.colour_out());
  out << '\n';
}

Result<std::vector<PhotoSet>> embed_sets(Context& context, const Encoder& encoder, const RetrievalFlags& flags) {
  std::vector<PhotoSet> sets;
  for (const std::string& name : flags.subjects) {
    const auto folder = list_subjects(flags.data / name);
    if (!folder) return Unexpected{folder.error()};
    auto set = embed(context, encoder, *folder, Keep::kEverything);
    if (!set) return Unexpected{set.error()};
    sets.push_back(std::move(*set));
  }
  return sets;
}

Result<SetReport> measure(Context& context, const Encoder& encoder, const PhotoSet& set, const PhotoSet* distractors,
                          const RetrievalFlags& flags) {
  SetReport report{.set = set.name,
                   .subjects = set.subjects.size(),
                   .photos = set.photos.size(),
                   .retrieval = measure_retrieval(set, all_subjects(set), flags.options, default_calibration()),
                   .composed = {},
                   .distractors = {}};
  if (distractors != nullptr) {
    report.distractors = measure_distractors(set, *distractors, flags.options, default_calibration());
  }
  if (flags.pairs > 0) {
    Progress progress(context.console, "composed pairs", flags.pairs, context.talkative());
    const ComposedOptions options{.pairs = flags.pairs,
                                  .views = flags.options.views,
                                  .seed = flags.options.seed,
                                  .threshold = flags.options.threshold};
    const auto composed = measure_composed(set, encoder, options, [&] {
      progress.advance();
      return !context.console.interrupted;
    });
    if (!composed) return Unexpected{composed.error()};
    report.composed = *composed;
  }
  return report;
}

Result<ExitCode> run_fit(Context& context, const std::vector<PhotoSet>& sets, const RetrievalFlags& flags) {
  std::vector<Part> parts;
  parts.reserve(sets.size());
  for (const PhotoSet& set : sets) parts.push_back({&set, all_subjects(set)});
  const Calibration calibration = fit(parts, flags.fit);
  const auto held_out = cross_validate(sets, flags.fit, flags.options);

  if (context.settings.json) {
    Json folds = Json::array();
    for (const HeldOut& fold : held_out) {
      Json entry = {{"set", fold.set}, {"fold", fold.fold}, {"calibration", json(fold.calibration)}};
      entry.update(json(fold.report));
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
  for (const HeldOut& fold : held_out) {
    auto row = weights(fmt::format("half {}", 2 - fold.fold), fold.calibration);
    const RetrievalReport& report = fold.report;
    row.push_back(fmt::format("half {} of {}", fold.fold + 1, fold.set));
    for (const double value : {report.by_probability.tpr_at_5.mean, report.by_probability.tpr_at_1.mean,
                               report.at_threshold.tpr.mean, report.at_threshold.fpr.mean, report.reliability.error}) {
      row.push_back(number(value));
    }
    table.add(std::move(row));
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
  return ExitCode::kOk;
}

Result<ExitCode> run_retrieval(Context& context, const RetrievalFlags& given) {
  RetrievalFlags flags = given;
  flags.options.threshold = context.settings.threshold;
  const auto encoder = context.services.open_encoder(context.settings.options);
  if (!encoder) return Unexpected{encoder.error()};
  const auto sets = embed_sets(context, **encoder, flags);
  if (!sets) return Unexpected{sets.error()};
  if (flags.wants_fit) return run_fit(context, *sets, flags);

  std::optional<PhotoSet> distractors;
  if (!flags.distractors.empty()) {
    const auto folder = draw_distractors(flags.distractors, flags.distractor_count, flags.options.seed);
    if (!folder) return Unexpected{folder.error()};
    auto embedded = embed(context, **encoder, *folder, Keep::kViews);
    if (!embedded) return Unexpected{embedded.error()};
    distractors = std::move(*embedded);
  }
  Json reports = Json::array();
  for (const PhotoSet& set : *sets) {
    const auto report = measure(context, **encoder, set, distractors ? &*distractors : nullptr, flags);
    if (!report) return Unexpected{report.error()};
    if (!context.settings.json) print(context, *report);
    reports.push_back(json(*report));
  }
  if (context.settings.json) print_json(context.console.out, {{"sets", std::move(reports)}});
  return ExitCode::kOk;
}

}  // namespace

void add_eval_retrieval(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<RetrievalFlags>();
  CLI::App* verb = program.add_verb(group, "retrieval", "How often the right concept is found (docs/evaluation.md)",
                                    [flags](Context& context) { return run_retrieval(context, *flags); });
  add_data_flag(*verb, flags->data, "Folder that holds sets of photos");
  verb->add_option("--subjects", flags->subjects, "Sets in it, each with one folder of photos a subject")
      ->capture_default_str()
      ->type_name("SET...");
  add_draw_flags(*verb, flags->options.draws, flags->options.views, flags->options.seed);
  verb->add_option("--pairs", flags->pairs, "Pictures of two subjects that are composed and asked")
      ->capture_default_str();
  verb->add_option("--distractors", flags->distractors, "Folder of photos that are remembered as further concepts")
      ->type_name("DIR");
  verb->add_option("--distractor-count", flags->distractor_count, "How many of them")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_flag("--fit", flags->wants_fit,
                 "Fit the calibration instead, and report it on subjects it was not fitted on");
  verb->add_option("--fit-draws", flags->fit.draws, "Random memories of each set that --fit learns from")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
}

}  // namespace rap::cli
