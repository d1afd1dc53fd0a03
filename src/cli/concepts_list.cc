// SPDX-License-Identifier: Apache-2.0
// rap concepts list
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/concepts.h"
#include "cli/lookup.h"
#include "cli/program.h"
#include "cli/table.h"
#include "json/json.h"

namespace rap::cli {
namespace {

constexpr std::size_t kInfoColumns = 60;  ///< of the info where the terminal sets no limit

Result<ExitCode> run_list(Context& context) {
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  const auto concepts = all_concepts((*assistant)->memory(), context.owner);
  if (!concepts) return Unexpected{concepts.error()};

  if (context.settings.json) {
    Json list = Json::array();
    for (const Concept& known : *concepts) list.push_back(concept_json(known));
    print_json(context.console.out, {{"concepts", std::move(list)}});
    return ExitCode::kOk;
  }
  if (concepts->empty()) {
    context.remark("nothing is remembered yet; `rap remember NAME --photo FILE` begins");
    return ExitCode::kOk;
  }
  Table table({"name", "category", "views", "aliases", "info"});
  for (const Concept& known : *concepts)
    table.add({known.name, known.category, fmt::format("{}", std::ranges::count_if(known.views, &View::shows)),
               fmt::format("{}", fmt::join(known.aliases, ", ")), shorten(known.info, kInfoColumns)});
  table.print(context.console.out, context.console.columns, context.colour_out());
  return ExitCode::kOk;
}

}  // namespace

void add_concepts_list(Program& program, CLI::App& group) {
  program.add_verb(group, "list", "List everything that is remembered", run_list);
}

}  // namespace rap::cli
