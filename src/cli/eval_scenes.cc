// SPDX-License-Identifier: Apache-2.0
// rap eval scenes --data DIR [--backgrounds DIR]: several subjects in one photo.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <ostream>
#include <string>
#include <system_error>
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
#include "evaluation/scene_task.h"
#include "image/photo.h"

namespace rap::cli {
namespace {

using namespace evaluation;
using cli::json;

struct SceneFlags {
  SetFlags sets;
  std::filesystem::path backgrounds;
  std::filesystem::path keep;
  SceneOptions options;
};

/// Keeps scenes in a folder: photos, and a line of scenes.jsonl for each.
class SceneKeeper {
 public:
  static Result<SceneKeeper> open(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    SceneKeeper keeper;
    keeper.folder_ = folder;
    keeper.lines_.open(folder / "scenes.jsonl", std::ios::binary | std::ios::trunc);
    if (error || !keeper.lines_) return cannot_write(folder);
    return keeper;
  }

  Result<void> keep(const std::string& set, const AskedScene& asked) {
    const std::string file = fmt::format("{}-{:04}.jpg", set, ++count_);
    const auto jpeg = encode_jpeg(asked.scene.image);
    if (!jpeg) return Unexpected{jpeg.error()};
    if (auto written = write_file(folder_ / file, *jpeg); !written) return written;
    Json subjects = Json::array();
    for (std::size_t i = 0; i < asked.names.size(); ++i) {
      subjects.push_back(
          {{"name", asked.names[i]}, {"box", box_json(asked.scene.boxes[i], kSceneWidth, kSceneHeight)}});
    }
    Json line = {{"photo", file}, {"subjects", std::move(subjects)}};
    line.update(recognition_json(asked.found));
    lines_ << to_line(line) << '\n' << std::flush;
    if (!lines_) return cannot_write(folder_);
    return {};
  }

 private:
  static Unexpected cannot_write(const std::filesystem::path& folder) {
    return fail(ErrorCode::kIo, fmt::format("cannot write scenes to the folder '{}'", folder.string()));
  }

  std::filesystem::path folder_;
  std::ofstream lines_;
  std::size_t count_ = 0;
};

Json json(const SceneFigures& figures) {
  return {{"subjects", figures.subjects},
          {"scenes", figures.scenes},
          {"precision", json(figures.precision)},
          {"recall", json(figures.recall)},
          {"f1", json(figures.f1)},
          {"located", json(figures.located)},
          {"wrong_names", json(figures.wrong_names)}};
}

void print(const Context& context, const PhotoSet& set, const std::vector<SceneFigures>& rows) {
  print_heading(context, set);
  Table table(
      {"in a scene", "scenes", "precision", "recall", "F1", fmt::format("IoU >= {}", kLocated), "wrong names a photo"});
  for (const SceneFigures& row : rows) {
    std::vector<std::string> cells{fmt::format("{}", row.subjects), fmt::format("{}", row.scenes)};
    for (const Estimate* figure : {&row.precision, &row.recall, &row.f1, &row.located, &row.wrong_names}) {
      cells.push_back(text(*figure));
    }
    table.add(std::move(cells));
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
  context.console.out << '\n';
}

Result<std::vector<SceneFigures>> measure(Context& context, const PhotoSet& set,
                                          const std::vector<std::filesystem::path>& backgrounds, const Encoder& encoder,
                                          const SceneOptions& options, std::optional<SceneKeeper>& keeper) {
  Progress progress(context.console, "scenes", options.subjects.size() * options.scenes, context.talkative());
  return measure_scenes(set, backgrounds, encoder, options, [&](const AskedScene& asked) -> Result<void> {
    progress.advance();
    if (context.console.interrupted) return fail(ErrorCode::kCancelled, "interrupted");
    return keeper ? keeper->keep(set.name, asked) : Result<void>{};
  });
}

Result<ExitCode> run_scenes(Context& context, const SceneFlags& flags) {
  const auto calibration = open_calibration(context.settings.options);
  if (!calibration) return Unexpected{calibration.error()};
  SceneOptions options = flags.options;
  options.recognize = context.recognize_options();
  options.calibration = *calibration;
  std::vector<std::filesystem::path> backgrounds;
  if (!flags.backgrounds.empty()) {
    auto photos = list_photos(flags.backgrounds);
    if (!photos) return Unexpected{photos.error()};
    backgrounds = *std::move(photos);
  }
  std::optional<SceneKeeper> keeper;
  if (!flags.keep.empty()) {
    auto opened = SceneKeeper::open(flags.keep);
    if (!opened) return Unexpected{opened.error()};
    keeper = *std::move(opened);
  }
  const auto encoder = context.services.open_encoder(context.settings.options);
  if (!encoder) return Unexpected{encoder.error()};
  const auto sets = embed_sets(context, **encoder, flags.sets);
  if (!sets) return Unexpected{sets.error()};

  Json reports = Json::array();
  for (const PhotoSet& set : *sets) {
    const auto rows = measure(context, set, backgrounds, **encoder, options, keeper);
    if (!rows) return Unexpected{rows.error()};
    if (!context.settings.json) print(context, set, *rows);
    Json scenes = Json::array();
    for (const SceneFigures& row : *rows) scenes.push_back(json(row));
    reports.push_back({{"set", set.name}, {"subjects", set.subjects.size()}, {"scenes", std::move(scenes)}});
  }
  if (context.settings.json) print_json(context.console.out, {{"sets", std::move(reports)}});
  return ExitCode::kOk;
}

}  // namespace

void add_eval_scenes(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<SceneFlags>();
  CLI::App* verb = program.add_verb(group, "scenes", "Several subjects in one photo: who is named, and where",
                                    [flags](Context& context) { return run_scenes(context, *flags); });
  add_set_flags(*verb, flags->sets);
  verb->add_option("--counts", flags->options.subjects, "Subjects in a scene")
      ->capture_default_str()
      ->check(number_from(1))
      ->type_name("N...");
  verb->add_option("--scenes", flags->options.scenes, "Scenes composed for each count")
      ->capture_default_str()
      ->check(number_from(1));
  add_memory_flags(*verb, flags->options.views, flags->options.seed);
  verb->add_option("--backgrounds", flags->backgrounds, "Folder of photos to lay the subjects on; plain grey without")
      ->type_name("DIR");
  verb->add_option("--keep-scenes", flags->keep, "Write the scenes there, with what is in them and what was found")
      ->type_name("DIR");
}

}  // namespace rap::cli
