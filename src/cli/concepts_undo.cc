// SPDX-License-Identifier: Apache-2.0
// rap concepts undo
#include <fmt/format.h>

#include <ostream>

#include "cli/concepts.h"
#include "cli/concepts_history.h"
#include "cli/program.h"
#include "json/json.h"

namespace rap::cli {
namespace {

Result<ExitCode> run_undo(Context& context) {
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  const auto step = (*assistant)->memory().undo(context.owner);
  if (!step) return Unexpected{step.error()};
  if (context.settings.json)
    print_json(context.console.out, {{"undone", history_json(*step)}});
  else
    context.console.out << fmt::format("took back the last change of {}: {}\n", one_line(name_in(*step)),
                                       changes_in(*step));
  return ExitCode::kOk;
}

}  // namespace

void add_concepts_undo(Program& program, CLI::App& group) {
  program.add_verb(group, "undo", "Take back the last change; again: the one before", run_undo);
}

}  // namespace rap::cli
