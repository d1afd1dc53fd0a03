// SPDX-License-Identifier: Apache-2.0
// rap dataset build RECIPE OUT, synthesise, split, validate, stats, export, import: the steps from what photos show to
// conversations that others can train on.
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include "cli/dataset.h"
#include "cli/dataset_steps.h"
#include "cli/program.h"
#include "cli/table.h"
#include "dataset/build.h"
#include "dataset/export_rap.h"
#include "dataset/import_rap.h"
#include "json/json.h"

namespace rap::cli {
namespace {

namespace fs = std::filesystem;
using namespace dataset;

constexpr std::size_t kSamples = 4;

struct MakeFlags {
  fs::path recipe;
  fs::path data;
  fs::path folder;
  fs::path other;  ///< where an export goes, or an import comes from
  fs::path images;
  std::size_t samples = kSamples;
};

Json json(const ValidationReport& report) {
  Json faults = Json::array();
  for (const Fault& fault : report.faults)
    faults.push_back({{"what", fault.what}, {"count", fault.count}, {"examples", fault.examples}});
  return {{"conversations", report.conversations}, {"pictures", report.pictures}, {"faults", std::move(faults)}};
}

void print_faults(const Context& context, const ValidationReport& report) {
  Table table({"fault", "count", "for example"});
  for (const Fault& fault : report.faults) table.add({fault.what, std::to_string(fault.count), fault.examples.front()});
  table.print(context.console.out, context.console.columns, context.colour_out());
}

/// A set with faults is a failure of the command, after its list was printed.
ExitCode verdict(const ValidationReport& report) {
  return report.is_sound() ? ExitCode::kOk : exit_code_of(Error{ErrorCode::kCorrupt, {}, {}});
}

Result<ExitCode> run_build(Context& context, const MakeFlags& flags) {
  std::unique_ptr<Steps> steps;
  BuildTools tools;
  tools.open_encoder = [&] { return context.services.open_encoder(context.settings.options); };
  tools.on_step = [&](std::string_view step) {
    steps = std::make_unique<Steps>(context, std::string(step));
    return steps->callback();
  };
  const auto report = build_set(flags.recipe, flags.data, flags.folder, tools);
  steps.reset();
  if (!report) return Unexpected{report.error()};
  if (context.settings.json) {
    Json all = Json::array();
    for (const StepReport& step : report->steps) {
      Json counts = Json::object();
      for (const auto& [name, count] : step.counts) counts[name] = count;
      all.push_back({{"step", step.step}, {"skipped", step.skipped}, {"counts", std::move(counts)}});
    }
    print_json(context.console.out, {{"steps", std::move(all)}, {"validation", json(report->validation)}});
    return verdict(report->validation);
  }
  Table table({"step", "", "count"});
  for (const StepReport& step : report->steps) {
    if (step.skipped) table.add({step.step, "unchanged", ""});
    for (const auto& [name, count] : step.counts) table.add({step.step, name, std::to_string(count)});
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
  if (!report->validation.is_sound()) print_faults(context, report->validation);
  return verdict(report->validation);
}

Result<ExitCode> run_synthesise(Context& context, const MakeFlags& flags) {
  const auto recipe = read_recipe(flags.recipe, flags.data);
  if (!recipe) return Unexpected{recipe.error()};
  const auto done = [&] {
    Steps steps(context, "synthesise");
    return synthesise(flags.folder, recipe->synthesis, steps.callback());
  }();
  if (!done) return Unexpected{done.error()};
  for (const std::string& failure : done->failed) context.remark(failure);
  return print_counts(context, {{"conversations", done->conversations},
                                {"contexts", done->contexts},
                                {"avatars", done->avatars},
                                {"composed", done->composed},
                                {"failed", done->failed.size()}});
}

Result<ExitCode> run_split(Context& context, const MakeFlags& flags) {
  const auto recipe = read_recipe(flags.recipe, flags.data);
  if (!recipe) return Unexpected{recipe.error()};
  const auto done = split_set(flags.folder, recipe->held_out, recipe->seed);
  if (!done) return Unexpected{done.error()};
  StepCounts counts;
  for (const Split split : {Split::kTrain, Split::kDev, Split::kTest}) {
    const auto index = static_cast<std::size_t>(split);
    counts.emplace_back(std::string(split_word(split)) + " photos", done->photos[index]);
    counts.emplace_back(std::string(split_word(split)) + " conversations", done->conversations[index]);
  }
  return print_counts(context, counts);
}

Result<ExitCode> run_validate(Context& context, const MakeFlags& flags) {
  const auto done = [&] {
    Steps steps(context, "pictures");
    return validate(flags.folder, steps.callback());
  }();
  if (!done) return Unexpected{done.error()};
  if (context.settings.json) {
    print_json(context.console.out, json(*done));
  } else if (done->is_sound()) {
    (void)print_counts(context, {{"conversations", done->conversations}, {"pictures", done->pictures}, {"faults", 0}});
  } else {
    print_faults(context, *done);
  }
  return verdict(*done);
}

Result<ExitCode> run_stats(Context& context, const MakeFlags& flags) {
  const auto counted = write_statistics(flags.folder, flags.folder.filename().string(), 0, flags.samples);
  if (!counted) return Unexpected{counted.error()};
  return print_counts(context, {{"conversations", *counted}});
}

Result<ExitCode> run_export(Context& context, const MakeFlags& flags) {
  const auto done = export_rap(flags.folder, flags.other);
  if (!done) return Unexpected{done.error()};
  return print_counts(context, {{"conversations", *done}});
}

Result<ExitCode> run_import(Context& context, const MakeFlags& flags) {
  const auto done = import_rap(flags.other, flags.images, flags.folder);
  if (!done) return Unexpected{done.error()};
  return print_counts(context, {{"conversations", done->conversations}, {"left_out", done->left_out}});
}

using Run = Result<ExitCode> (*)(Context&, const MakeFlags&);

struct Verb {
  CLI::App* app;
  std::shared_ptr<MakeFlags> flags;
};

Verb add(Program& program, CLI::App& group, const char* name, const char* help, Run run) {
  const auto flags = std::make_shared<MakeFlags>();
  CLI::App* verb = program.add_verb(group, name, help, [flags, run](Context& context) { return run(context, *flags); });
  return {verb, flags};
}

void add_data(const Verb& verb) {
  verb.app->add_option("--data", verb.flags->data, "Folder that the recipe's paths start from")
      ->required()
      ->envname("RAP_DATA_DIR")
      ->type_name("DIR");
}

void add_folder(const Verb& verb) {
  verb.app->add_option("OUT", verb.flags->folder, "Folder of the set")->required()->type_name("DIR");
}

/// A verb that reads a recipe by --recipe, as `collect` does.
void add_recipe_flag(const Verb& verb) {
  verb.app->add_option("--recipe", verb.flags->recipe, "The recipe (TOML)")->required()->type_name("FILE");
  verb.app->add_option("--data", verb.flags->data, "Folder that the recipe's paths start from")
      ->envname("RAP_DATA_DIR")
      ->type_name("DIR");
}

}  // namespace

void add_dataset_make(Program& program, CLI::App& group) {
  Verb verb = add(program, group, "synthesise", "Make conversations from what the photos show", run_synthesise);
  add_recipe_flag(verb);
  add_folder(verb);
  verb = add(program, group, "split", "Hold photos out for dev and test", run_split);
  add_recipe_flag(verb);
  add_folder(verb);
  verb = add(program, group, "validate", "Check a set: pictures, names, splits", run_validate);
  add_folder(verb);
  verb = add(program, group, "stats", "Count what is in a set (stats.json, stats.html)", run_stats);
  verb.app->add_option("--samples", verb.flags->samples, "Samples of each kind on the page")->capture_default_str();
  add_folder(verb);
  verb = add(program, group, "build", "Make a whole set from a recipe; goes on where it was stopped", run_build);
  verb.app->add_option("RECIPE", verb.flags->recipe, "The recipe (TOML)")->required()->type_name("FILE");
  add_data(verb);
  add_folder(verb);
}

void add_dataset_transfer(Program& program, CLI::App& group) {
  Verb verb = add(program, group, "export", "Write a set in the shapes of RAP-260K and LLaVA", run_export);
  add_folder(verb);
  verb.app->add_option("--to", verb.flags->other, "Folder for the export")->required()->type_name("DIR");
  verb = add(program, group, "import", "Make a set from a file in the shape of RAP-260K or LLaVA", run_import);
  verb.app->add_option("JSON", verb.flags->other, "The file")->required()->type_name("FILE");
  verb.app->add_option("--images", verb.flags->images, "Folder that its pictures' paths start from")
      ->required()
      ->type_name("DIR");
  add_folder(verb);
}

}  // namespace rap::cli
