// SPDX-License-Identifier: Apache-2.0
// rap eval memory --data DIR --distractors DIR... [--sizes N...]: retrieval as the memory grows.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

#include "cli/eval_embed.h"
#include "cli/eval_exam.h"
#include "cli/eval_verbs.h"
#include "cli/numbers.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "evaluation/memory_growth_task.h"

namespace rap::cli {
namespace {

using namespace evaluation;
using cli::json;

struct MemoryFlags {
  SetFlags sets;
  std::vector<std::filesystem::path> distractors;
  MemoryGrowthOptions options;
};

Json json(const MemoryGrowthRow& row) {
  Json result = {{"concepts", row.concepts}};
  for (std::size_t i = 0; i < kRecallRanks.size(); ++i) {
    result[fmt::format("recall_at_{}", kRecallRanks[i])] = json(row.recall[i]);
  }
  result.update({{"accepted", json(row.accepted)}, {"wrong", json(row.wrong)}, {"search_ms", row.search_ms}});
  return result;
}

void print(const Context& context, const std::vector<MemoryGrowthRow>& rows) {
  std::vector<std::string> header{"concepts"};
  for (const std::size_t rank : kRecallRanks) header.push_back(fmt::format("recall at {}", rank));
  for (const char* title : {"accepted", "wrong accepted", "search"}) header.emplace_back(title);
  Table table(std::move(header));
  for (const MemoryGrowthRow& row : rows) {
    std::vector<std::string> cells{fmt::format("{}", row.concepts)};
    for (const Estimate& recall : row.recall) cells.push_back(text(recall));
    cells.push_back(text(row.accepted));
    cells.push_back(text(row.wrong));
    cells.push_back(fmt::format("{:.2f} ms", row.search_ms));
    table.add(std::move(cells));
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
}

Result<ExitCode> run_memory(Context& context, const MemoryFlags& given) {
  const auto calibration = open_calibration(context.settings.options);
  if (!calibration) return Unexpected{calibration.error()};
  MemoryFlags flags = given;
  flags.options.calibration = *calibration;
  flags.options.threshold = least_probability(context, *calibration);
  const auto encoder = context.services.open_encoder(context.settings.options);
  if (!encoder) return Unexpected{encoder.error()};
  const auto sets = embed_sets(context, **encoder, flags.sets);
  if (!sets) return Unexpected{sets.error()};
  const PhotoSet& set = sets->front();
  const std::size_t most = *std::max_element(flags.options.sizes.begin(), flags.options.sizes.end());
  const auto distractors = embed_distractors(context, **encoder, flags.distractors, most, flags.options.seed);
  if (!distractors) return Unexpected{distractors.error()};

  Progress progress(context.console, "draws", flags.options.sizes.size() * flags.options.draws, context.talkative());
  const auto rows = measure_memory_growth(set, *distractors, flags.options, [&] {
    progress.advance();
    return !context.console.interrupted;
  });
  progress.finish();
  if (!rows) return Unexpected{rows.error()};
  if (context.settings.json) {
    Json memories = Json::array();
    for (const MemoryGrowthRow& row : *rows) memories.push_back(json(row));
    print_json(context.console.out, {{"set", set.name},
                                     {"subjects", set.subjects.size()},
                                     {"distractors", distractors->photos.size()},
                                     {"memories", std::move(memories)}});
  } else {
    print(context, *rows);
  }
  return ExitCode::kOk;
}

}  // namespace

void add_eval_memory(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<MemoryFlags>();
  CLI::App* verb = program.add_verb(group, "memory", "How retrieval holds out as the memory grows",
                                    [flags](Context& context) { return run_memory(context, *flags); });
  add_set_flags(*verb, flags->sets);
  verb->get_option("--subjects")->expected(1)->type_name("SET");
  verb->add_option("--distractors", flags->distractors, "Folders of photos that fill the memory up")
      ->required()
      ->type_name("DIR...");
  verb->add_option("--sizes", flags->options.sizes, "Concepts in memory")
      ->capture_default_str()
      ->check(number_from(1))
      ->type_name("N...");
  add_draw_flags(*verb, flags->options.draws, flags->options.views, flags->options.seed);
}

}  // namespace rap::cli
