// SPDX-License-Identifier: Apache-2.0
// rap concepts export FILE, rap concepts import FILE
#include <fmt/format.h>

#include <cctype>
#include <fstream>
#include <ostream>

#include "cli/concepts.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "json/json.h"
#include "rap/bundle.h"

namespace rap::cli {
namespace {

/// Whether the file is a RAP database.json, which begins with '{'; a bundle does not.
bool looks_like_database(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  char first = 0;
  while (in.get(first) && std::isspace(static_cast<unsigned char>(first)) != 0) continue;
  return first == '{';
}

struct ImportFlags {
  std::filesystem::path file;
  bool skip_existing = false;
};

Json report_json(const std::filesystem::path& file, const TransferReport& report) {
  return {
      {"file", file.string()}, {"concepts", report.concepts}, {"photos", report.photos}, {"skipped", report.skipped}};
}

Result<ExitCode> run_export(Context& context, const std::filesystem::path& file) {
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  Progress progress(context.console, "exporting", 0, !context.settings.quiet);
  const auto report = export_bundle((*assistant)->memory(), context.owner, file);
  progress.finish();
  if (!report) return Unexpected{report.error()};
  if (context.settings.json)
    print_json(context.console.out, {{"exported", report_json(file, *report)}});
  else
    context.console.out << fmt::format("exported {} concepts with {} photos to {}\n", report->concepts, report->photos,
                                       one_line(file.string()));
  return ExitCode::kOk;
}

Result<ExitCode> run_import(Context& context, const ImportFlags& flags) {
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  Memory& memory = (*assistant)->memory();
  const Merge merge = flags.skip_existing ? Merge::kSkip : Merge::kFail;
  Progress progress(context.console, "importing", 0, !context.settings.quiet);
  const auto report = looks_like_database(flags.file) ? import_rap_database(memory, context.owner, flags.file, merge)
                                                      : import_bundle(memory, context.owner, flags.file, merge);
  progress.finish();
  if (!report) return Unexpected{report.error()};
  if (context.settings.json)
    print_json(context.console.out, {{"imported", report_json(flags.file, *report)}});
  else
    context.console.out << fmt::format("imported {} concepts with {} photos, skipped {}\n", report->concepts,
                                       report->photos, report->skipped);
  return ExitCode::kOk;
}

}  // namespace

void add_concepts_export(Program& program, CLI::App& group) {
  const auto file = std::make_shared<std::filesystem::path>();
  CLI::App* verb = program.add_verb(group, "export", "Write everything into one file",
                                    [file](Context& context) { return run_export(context, *file); });
  verb->add_option("file", *file, "The bundle to write")->required()->type_name("FILE");
}

void add_concepts_import(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<ImportFlags>();
  CLI::App* verb = program.add_verb(group, "import", "Add what a bundle or a database.json of RAP holds",
                                    [flags](Context& context) { return run_import(context, *flags); });
  verb->add_option("file", flags->file, "The bundle or database.json")->required()->type_name("FILE");
  verb->add_flag("--skip-existing", flags->skip_existing, "Leave out what is known already, instead of failing");
}

}  // namespace rap::cli
