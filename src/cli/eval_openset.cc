// SPDX-License-Identifier: Apache-2.0
// rap eval openset --data DIR [--distractors DIR...]: what happens to photos of things that are not in memory.
#include "cli/eval_openset.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cli/eval_embed.h"
#include "cli/eval_exam.h"
#include "cli/eval_verbs.h"
#include "cli/numbers.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "core/files.h"
#include "evaluation/reliability_page.h"

namespace rap::cli {
namespace {

using namespace evaluation;
using cli::json;

/// Thresholds whose rates are told: finer where it is decided whether somebody is named.
constexpr std::array kThresholds{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99};

struct OpenSetFlags {
  SetFlags sets;
  std::vector<std::filesystem::path> distractors;
  std::size_t distractor_count = 10'000;
  std::filesystem::path reliability;
  RetrievalOptions options{.draws = 20};
};

/// What is measured of memories of one size.
struct MemoryReport {
  std::size_t distractors = 0;
  RetrievalReport all_known;
  OpenSetReport half_known;
  AtThreshold at_threshold;                      ///< of the settings
  std::optional<AtThreshold> at_max_false_rate;  ///< where this set keeps the rate of the settings
  std::vector<AtThreshold> rates;                ///< at kThresholds
};

Json json(const OpenSetFigures& figures) {
  return {{"tpr_at_fpr_5", json(figures.tpr_at_5)}, {"tpr_at_fpr_1", json(figures.tpr_at_1)}};
}

Json json(const Reliability& reliability) {
  Json bins = Json::array();
  for (const auto& bin : reliability.bins) {
    bins.push_back({{"photos", bin.count}, {"probability", bin.probability}, {"right", bin.right}});
  }
  return {{"expected_calibration_error", reliability.error}, {"bins", std::move(bins)}};
}

Json json(const MemoryReport& report) {
  Json result = {{"distractors", report.distractors},
                 {"top1", json(report.all_known.top1)},
                 {"top1_by_similarity", json(report.all_known.top1_by_similarity)}};
  result.update(json(report.half_known, report.at_threshold.threshold));
  if (report.at_max_false_rate) result["at_max_false_rate"] = json(*report.at_max_false_rate);
  Json rates = Json::array();
  for (const AtThreshold& at : report.rates) rates.push_back(json(at));
  result["thresholds"] = std::move(rates);
  return result;
}

/// "0.934", never rounded to a threshold that accepts more.
std::string threshold_text(double threshold) { return fmt::format("{:.4f}", std::ceil(threshold * 1e4) / 1e4); }

std::string memory_text(const MemoryReport& report) {
  return report.distractors == 0 ? "these subjects" : fmt::format("and {} others", report.distractors);
}

void print_figures(const Context& context, const std::vector<MemoryReport>& memories) {
  std::vector<std::string> header{"in memory"};
  for (const MemoryReport& memory : memories) header.push_back(memory_text(memory));
  Table table(std::move(header));
  const auto add = [&](std::string label, const auto& figure) {
    std::vector<std::string> cells{std::move(label)};
    for (const MemoryReport& memory : memories) cells.push_back(figure(memory));
    table.add(std::move(cells));
  };
  const double threshold = memories.front().at_threshold.threshold;
  add("top-1, all known", [](const auto& m) { return text(m.all_known.top1); });
  add("top-1, all known, by similarity", [](const auto& m) { return text(m.all_known.top1_by_similarity); });
  add("half known: TPR at 5 % FPR", [](const auto& m) { return text(m.half_known.by_probability.tpr_at_5); });
  add("half known: TPR at 1 % FPR", [](const auto& m) { return text(m.half_known.by_probability.tpr_at_1); });
  add("by similarity: TPR at 5 % FPR", [](const auto& m) { return text(m.half_known.by_similarity.tpr_at_5); });
  add("by similarity: TPR at 1 % FPR", [](const auto& m) { return text(m.half_known.by_similarity.tpr_at_1); });
  add(fmt::format("at probability {:.3g}: TPR", threshold), [](const auto& m) { return text(m.at_threshold.tpr); });
  add(fmt::format("at probability {:.3g}: FPR", threshold), [](const auto& m) { return text(m.at_threshold.fpr); });
  if (memories.front().at_max_false_rate) {
    const double rate = *context.settings.max_false_rate;
    add(fmt::format("FPR at most {:.3g}: probability", rate),
        [](const auto& m) { return threshold_text(m.at_max_false_rate->threshold); });
    add(fmt::format("FPR at most {:.3g}: TPR", rate), [](const auto& m) { return text(m.at_max_false_rate->tpr); });
  }
  add("expected calibration error",
      [](const auto& m) { return fmt::format("{:.3f}", m.half_known.reliability.error); });
  table.print(context.console.out, context.console.columns, context.colour_out());
}

void print_rates(const Context& context, const MemoryReport& memory) {
  Table table({"probability at least", "TPR", "FPR"});
  for (const AtThreshold& at : memory.rates) {
    table.add({fmt::format("{:.2f}", at.threshold), text(at.tpr), text(at.fpr)});
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
}

void print_reliability(const Context& context, const Reliability& reliability) {
  Table table({"probability", "photos", "mean", "right"});
  for (std::size_t i = 0; i < reliability.bins.size(); ++i) {
    const auto& bin = reliability.bins[i];
    table.add({fmt::format("{:.1f} - {:.1f}", 0.1 * static_cast<double>(i), 0.1 * static_cast<double>(i + 1)),
               fmt::format("{}", bin.count), fmt::format("{:.3f}", bin.probability), fmt::format("{:.3f}", bin.right)});
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
}

void print(const Context& context, const PhotoSet& set, const std::vector<MemoryReport>& memories) {
  print_heading(context, set);
  print_figures(context, memories);
  for (const MemoryReport& memory : memories) {
    context.console.out << "\nhalf known, " << memory_text(memory) << '\n';
    print_rates(context, memory);
    context.console.out << '\n';
    print_reliability(context, memory.half_known.reliability);
  }
  context.console.out << '\n';
}

Result<MemoryReport> measure(const Context& context, const PhotoSet& set, const RetrievalOptions& options) {
  const auto calibration = open_calibration(context.settings.options);
  if (!calibration) return Unexpected{calibration.error()};
  const auto subjects = all_subjects(set);
  const auto all_known = measure_retrieval(set, subjects, options, *calibration);
  if (!all_known) return Unexpected{all_known.error()};
  auto half_known = measure_open_set(set, subjects, options, *calibration);
  if (!half_known) return Unexpected{half_known.error()};
  MemoryReport report{.distractors = options.distractors == nullptr ? 0 : options.distractors->photos.size(),
                      .all_known = *all_known,
                      .half_known = *std::move(half_known),
                      .at_threshold = {},
                      .at_max_false_rate = {},
                      .rates = {}};
  const auto& draws = report.half_known.draws;
  report.at_threshold = rates_at(draws, least_probability(context, *calibration));
  if (const auto rate = context.settings.max_false_rate) {
    report.at_max_false_rate = rates_at(draws, least_threshold(draws, *rate));
  }
  for (const double threshold : kThresholds) report.rates.push_back(rates_at(draws, threshold));
  return report;
}

/// Memories of the subjects alone, then with the distractors if there are any.
Result<std::vector<MemoryReport>> measure_memories(Context& context, const PhotoSet& set, const PhotoSet* distractors,
                                                   RetrievalOptions options) {
  const std::size_t sizes = distractors == nullptr ? 1 : 2;
  Progress progress(context.console, "draws", 2 * sizes * options.draws, context.talkative());
  options.on_draw = [&] {
    progress.advance();
    return !context.console.interrupted;
  };
  std::vector<MemoryReport> memories;
  for (std::size_t size = 0; size < sizes; ++size) {
    options.distractors = size == 0 ? nullptr : distractors;
    auto report = measure(context, set, options);
    if (!report) return Unexpected{report.error()};
    memories.push_back(*std::move(report));
  }
  return memories;
}

Result<ExitCode> run_openset(Context& context, const OpenSetFlags& flags) {
  const auto encoder = context.services.open_encoder(context.settings.options);
  if (!encoder) return Unexpected{encoder.error()};
  const auto sets = embed_sets(context, **encoder, flags.sets);
  if (!sets) return Unexpected{sets.error()};
  std::optional<PhotoSet> distractors;
  if (!flags.distractors.empty()) {
    auto embedded =
        embed_distractors(context, **encoder, flags.distractors, flags.distractor_count, flags.options.seed);
    if (!embedded) return Unexpected{embedded.error()};
    distractors = *std::move(embedded);
  }

  Json reports = Json::array();
  std::vector<ReliabilityPlot> plots;
  for (const PhotoSet& set : *sets) {
    const auto memories = measure_memories(context, set, distractors ? &*distractors : nullptr, flags.options);
    if (!memories) return Unexpected{memories.error()};
    if (!context.settings.json) print(context, set, *memories);
    Json report = {{"set", set.name}, {"subjects", set.subjects.size()}, {"photos", set.photos.size()}};
    for (const MemoryReport& memory : *memories) {
      report["memories"].push_back(json(memory));
      plots.push_back({set.name + ", " + memory_text(memory), memory.half_known.reliability});
    }
    reports.push_back(std::move(report));
  }
  if (!flags.reliability.empty()) {
    const auto written = write_file(flags.reliability, as_bytes(reliability_page(plots)));
    if (!written) return Unexpected{written.error()};
  }
  if (context.settings.json) print_json(context.console.out, {{"sets", std::move(reports)}});
  return ExitCode::kOk;
}

}  // namespace

Json json(const AtThreshold& rates) {
  return {{"threshold", rates.threshold}, {"tpr", json(rates.tpr)}, {"fpr", json(rates.fpr)}};
}

Json json(const OpenSetReport& report, double threshold) {
  return {{"by_probability", json(report.by_probability)},
          {"by_similarity", json(report.by_similarity)},
          {"at_threshold", json(rates_at(report.draws, threshold))},
          {"reliability", json(report.reliability)}};
}

void add_eval_openset(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<OpenSetFlags>();
  CLI::App* verb = program.add_verb(group, "openset", "What happens to photos of things that are not in memory",
                                    [flags](Context& context) { return run_openset(context, *flags); });
  add_set_flags(*verb, flags->sets);
  add_draw_flags(*verb, flags->options.draws, flags->options.views, flags->options.seed);
  verb->add_option("--distractors", flags->distractors, "Folders of photos that are remembered as further concepts")
      ->type_name("DIR...");
  verb->add_option("--distractor-count", flags->distractor_count, "How many of them")
      ->capture_default_str()
      ->check(number_from(1));
  verb->add_option("--reliability", flags->reliability, "Write a page with reliability diagrams")
      ->type_name("FILE.html");
}

}  // namespace rap::cli
