// SPDX-License-Identifier: Apache-2.0
// rap models list | verify; the verbs that make weights are in models_import.cc.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <ostream>

#include "cli/models.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "json/json.h"

namespace rap::cli {
namespace {

std::uintmax_t total_bytes(const ModelEntry& model) {
  return std::accumulate(model.files.begin(), model.files.end(), std::uintmax_t{0},
                         [](std::uintmax_t sum, const auto& file) { return sum + file.bytes; });
}

Json model_json(const ModelEntry& model) {
  Json files = Json::array();
  for (const auto& file : model.files)
    files.push_back({{"role", file.role},
                     {"path", file.path},
                     {"sha256", file.sha256},
                     {"bytes", file.bytes},
                     {"fetched_by", file.fetched_by}});
  return {{"name", model.name},     {"description", model.description}, {"licence", model.licence},
          {"source", model.source}, {"default", model.is_default},      {"files", std::move(files)}};
}

Result<ExitCode> run_list(Context& context) {
  const auto models = context.services.list_models(context.settings.options);
  if (!models) return Unexpected{models.error()};
  if (context.settings.json) {
    Json list = Json::array();
    for (const ModelEntry& model : *models) list.push_back(model_json(model));
    print_json(context.console.out, {{"models", std::move(list)}});
    return ExitCode::kOk;
  }
  Table table({"model", "default", "size", "licence", "description"});
  for (const ModelEntry& model : *models)
    table.add({model.name, model.is_default ? "yes" : "",
               fmt::format("{:.1f} MB", static_cast<double>(total_bytes(model)) / 1e6), model.licence,
               model.description});
  table.print(context.console.out, context.console.columns, context.colour_out());
  return ExitCode::kOk;
}

bool is_damaged(const ModelCheck& check) { return check.present && !check.intact; }
bool is_missing(const ModelCheck& check) { return !check.present && check.fetched_by.empty(); }
bool is_fault(const ModelCheck& check) { return is_damaged(check) || is_missing(check); }

std::string state_of(const ModelCheck& check) {
  if (check.intact) return "intact";
  if (check.present) return "damaged";
  return check.fetched_by.empty() ? "missing" : "not fetched: " + check.fetched_by;
}

ExitCode verdict(const std::vector<ModelCheck>& checks) {
  if (std::any_of(checks.begin(), checks.end(), is_damaged)) return ExitCode::kFailure;
  if (std::any_of(checks.begin(), checks.end(), is_missing)) return ExitCode::kNotFound;
  return ExitCode::kOk;
}

Result<ExitCode> run_verify(Context& context) {
  Progress progress(context.console, "checking", 0, !context.settings.quiet);
  const auto checks = context.services.verify_models(context.settings.options);
  progress.finish();
  if (!checks) return Unexpected{checks.error()};
  if (context.settings.json) {
    Json list = Json::array();
    for (const ModelCheck& check : *checks)
      list.push_back({{"model", check.model},
                      {"file", check.file},
                      {"present", check.present},
                      {"intact", check.intact},
                      {"fetched_by", check.fetched_by}});
    print_json(context.console.out, {{"files", std::move(list)}});
    return verdict(*checks);
  }
  Table table({"model", "file", "state"});
  for (const ModelCheck& check : *checks) {
    table.add({check.model, check.file, state_of(check)}, is_fault(check) ? Style::kRed : Style::kPlain);
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
  return verdict(*checks);
}

}  // namespace

void add_models(Program& program) {
  CLI::App* group = program.add_group("models", "The weights that rap can use, and making them from others");
  program.add_verb(*group, "list", "List the models of the manifest", run_list);
  program.add_verb(*group, "verify", "Compare the weights with their checksums", run_verify);
  add_models_import_lora(program, *group);
  add_models_import_projector(program, *group);
  add_models_merge(program, *group);
}

}  // namespace rap::cli
