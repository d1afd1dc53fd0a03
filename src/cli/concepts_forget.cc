// SPDX-License-Identifier: Apache-2.0
// rap concepts forget NAME
#include <fmt/format.h>

#include <ostream>

#include "cli/concepts.h"
#include "cli/lookup.h"
#include "cli/program.h"
#include "json/json.h"

namespace rap::cli {
namespace {

Result<ExitCode> run_forget(Context& context, const std::string& name) {
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  Memory& memory = (*assistant)->memory();
  const auto known = find_concept(context, memory, name);
  if (!known) return Unexpected{known.error()};
  const auto forgotten = memory.forget(context.owner, known->id);
  if (!forgotten) return Unexpected{forgotten.error()};
  if (context.settings.json)
    print_json(context.console.out, {{"forgotten", {{"id", known->id}, {"name", known->name}}}});
  else
    context.console.out << fmt::format("forgot {}; `rap concepts undo` brings it back\n", one_line(known->name));
  return ExitCode::kOk;
}

}  // namespace

void add_concepts_forget(Program& program, CLI::App& group) {
  const auto name = std::make_shared<std::string>();
  CLI::App* verb = program.add_verb(group, "forget", "Forget one thing",
                                    [name](Context& context) { return run_forget(context, *name); });
  verb->add_option("concept", *name, "Its name, alias or id")->required()->type_name("NAME");
}

}  // namespace rap::cli
