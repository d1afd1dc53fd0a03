// SPDX-License-Identifier: Apache-2.0
// rap dataset collect --recipe FILE --data DIR OUT, crop OUT, describe OUT: the steps from photos to
// what they show.
#include <string>
#include <utility>
#include <vector>

#include "cli/dataset.h"
#include "cli/dataset_steps.h"
#include "cli/numbers.h"
#include "cli/program.h"
#include "core/files.h"
#include "dataset/collect.h"
#include "dataset/crop.h"
#include "dataset/describe.h"
#include "dataset/recipe.h"

namespace rap::cli {
namespace {

namespace fs = std::filesystem;
using namespace dataset;

constexpr std::uintmax_t kPromptBytes = 100'000;

struct CollectFlags {
  fs::path recipe;
  fs::path data;
  fs::path out;
};

Result<ExitCode> run_collect(Context& context, const CollectFlags& flags) {
  const auto recipe = read_recipe(flags.recipe, flags.data);
  if (!recipe) return Unexpected{recipe.error()};
  Result<CollectReport> done = [&] {
    Steps steps(context, "photos");
    return collect(flags.out, recipe->sources, recipe->collect, steps.callback());
  }();
  if (!done) return Unexpected{done.error()};
  return print_counts(context, {{"photos", done->photos},
                                {"reused", done->reused},
                                {"damaged", done->damaged},
                                {"duplicates", done->duplicates},
                                {"look_alikes", done->look_alikes}});
}

struct CropFlags {
  fs::path out;
  CropOptions options;
};

Result<ExitCode> run_crop(Context& context, const CropFlags& flags) {
  const auto encoder = context.services.open_encoder(context.settings.options);
  if (!encoder) return Unexpected{encoder.error()};
  Result<CropReport> done = [&] {
    Steps steps(context, "photos");
    return find_crops(flags.out, **encoder, flags.options, steps.callback());
  }();
  if (!done) return Unexpected{done.error()};
  return print_counts(context, {{"photos", done->photos},
                                {"encoded", done->encoded},
                                {"classes", done->classes},
                                {"crops", done->crops},
                                {"without", done->without}});
}

struct DescribeFlags {
  fs::path out;
  fs::path prompt;
  TeacherOptions options;
};

Result<std::string> read_prompt(const fs::path& file) {
  if (file.empty()) return std::string();
  const auto bytes = read_file(file, kPromptBytes);
  if (!bytes) return Unexpected{bytes.error()};
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

Result<DescribeReport> ask_teacher(Context& context, const DescribeFlags& flags, const Options& options) {
  const auto teacher = context.services.open_generator(options);
  if (!teacher) return Unexpected{teacher.error()};
  auto prompt = read_prompt(flags.prompt);
  if (!prompt) return Unexpected{std::move(prompt).error()};
  TeacherOptions asked = flags.options;
  asked.prompt = *std::move(prompt);
  asked.teacher = options.llm_url + ' ' + options.llm_model + ' ' + options.gguf.filename().string();
  Steps steps(context, "crops");
  return describe_by_teacher(flags.out, **teacher, asked, steps.callback());
}

Result<ExitCode> run_describe(Context& context, const DescribeFlags& flags) {
  const auto options = assistant_options(context.settings);
  if (!options) return Unexpected{options.error()};
  const bool has_teacher = !options->llm_url.empty() || !options->gguf.empty();
  if (!has_teacher && flags.options.dry_run) {
    return fail(ErrorCode::kInvalidArgument, "a dry run counts a teacher's requests: name one with --llm", "dry-run");
  }
  const auto done = has_teacher ? ask_teacher(context, flags, *options) : describe_by_captions(flags.out);
  if (!done) return Unexpected{done.error()};
  return print_counts(context, {{"crops", done->crops},
                                {"described", done->described},
                                {"kept", done->kept},
                                {"requests", done->requests},
                                {"unasked", done->unasked},
                                {"unreadable", done->unreadable}});
}

CLI::Option* add_out(CLI::App& verb, fs::path& out) {
  return verb.add_option("OUT", out, "Folder of the set")->required()->type_name("DIR");
}

}  // namespace

void add_dataset_collect(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<CollectFlags>();
  CLI::App* verb = program.add_verb(group, "collect", "Gather the photos of a recipe's sources, each once",
                                    [flags](Context& context) { return run_collect(context, *flags); });
  verb->add_option("--recipe", flags->recipe, "The recipe (TOML)")->required()->type_name("FILE");
  verb->add_option("--data", flags->data, "Folder that the recipe's paths start from")
      ->required()
      ->envname("RAP_DATA_DIR")
      ->type_name("DIR");
  add_out(*verb, flags->out);
}

void add_dataset_crop(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<CropFlags>();
  CLI::App* verb = program.add_verb(group, "crop", "Find what each photo shows, and where",
                                    [flags](Context& context) { return run_crop(context, *flags); });
  verb->add_option("--boxes", flags->options.boxes, "Known boxes: file, x, y, width, height, noun, with tabs between")
      ->type_name("FILE");
  verb->add_option("--per-photo", flags->options.per_photo, "Most things of one photo")
      ->capture_default_str()
      ->check(number_from(1));
  add_out(*verb, flags->out);
}

void add_dataset_describe(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<DescribeFlags>();
  CLI::App* verb =
      program.add_verb(group, "describe", "Say what each crop shows: by the captions, or by a teacher (--llm, --gguf)",
                       [flags](Context& context) { return run_describe(context, *flags); });
  verb->add_option("--prompt", flags->prompt, "What the teacher is asked; {noun} and {captions} are filled in")
      ->type_name("FILE");
  verb->add_option("--budget", flags->options.budget, "Most requests of this run")->capture_default_str();
  verb->add_flag("--dry-run", flags->options.dry_run, "Count the requests, send none");
  add_out(*verb, flags->out);
}

}  // namespace rap::cli
